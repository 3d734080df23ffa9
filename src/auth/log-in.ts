import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { addedClaims } from './added-claims.ts';
import { addressSubject } from './address.ts';
import { draftSession, finishSession, type SessionTokens } from './open-session.ts';
import type { AuthDeps, ClientInfo } from './ports.ts';
import { accountLocked, refuseAttempt } from './refuse-attempt.ts';
import { type NewSession, sessionCtes } from './session-store.ts';
import { accountByEmail, type User } from './store.ts';
import { forgiveCte, standingLock } from './throttle-store.ts';

/**
 * Signs in with a password. Two round trips and one hash, whether or not the account exists or has a password.
 *
 * An address that has to wait is told so before anything is hashed, so the right password can not be told from a
 * wrong one meanwhile; the second trip asks again, because a lock may have come between.
 *
 * @throws {AppError} `invalid_credentials`, `account_locked`, `account_disabled` (only after the right password)
 */
export async function logIn(
  deps: AuthDeps,
  input: { email: string; password: string },
  client: ClientInfo,
): Promise<{ user: User; tokens: SessionTokens }> {
  const { db, passwords } = deps;
  const subject = await addressSubject(deps.validationHash, input.email);
  const [[lock], [account]] = await db.batch([standingLock(subject), accountByEmail(input.email)]);
  if (lock) throw accountLocked(lock.retry_after);

  const passwordHash = account?.passwordHash;
  const matches = passwordHash
    ? await passwords.verify(passwordHash, input.password)
    : await passwords.verifyNothing(input.password);

  if (!account || !passwordHash || !matches) {
    const attempt = {
      subject,
      method: 'password',
      origin: client,
      targetId: account?.user.id ?? null,
    } as const;
    throw await refuseAttempt(deps, attempt, 'invalid_credentials');
  }

  const draft = await draftSession(deps, client, 'password');
  const stronger = passwords.needsRehash(passwordHash) ? await passwords.hash(input.password) : undefined;
  const [opened] = await db.query(
    openSession({ subject, userId: account.user.id, passwordHash, stronger, session: draft.row }),
  );
  if (opened?.retry_after) throw accountLocked(opened.retry_after);
  if (opened?.is_disabled) throw new AppError('account_disabled');
  if (!opened?.expires_at) {
    // Another login with the same password may have replaced its hash meanwhile, which only happens once.
    if (stronger) return logIn(deps, input, client);
    throw new AppError('invalid_credentials');
  }
  const tokens = await finishSession(deps, draft, {
    userId: account.user.id,
    expiresAt: opened.expires_at,
    onNewDevice: opened.on_new_device,
    addedClaims: opened.added_claims ?? {},
  });
  return { user: account.user, tokens };
}

/**
 * Begins the session of a password that matched, if it still does: the account's row is locked against a change of
 * password or a deactivation, which would end the sessions it knows of and miss this one.
 *
 * @param stronger takes the place of a hash that was made with weaker parameters
 */
const openSession = ({
  subject,
  userId,
  passwordHash,
  stronger,
  session,
}: {
  subject: string;
  userId: UserId;
  passwordHash: string;
  /** The same password under the parameters of today, to take the place of a weaker hash. */
  stronger: string | undefined;
  session: NewSession;
}) =>
  statement(
    z.object({
      retry_after: z.number().nullable(),
      is_disabled: z.boolean(),
      expires_at: instant.nullable(),
      on_new_device: z.boolean(),
      added_claims: addedClaims.nullable(),
    }),
    sql`WITH ${forgiveCte(subject)},
        account AS (
          SELECT users.id FROM users, throttle
          WHERE users.id = ${userId} AND users.is_active AND users.password_hash = ${passwordHash}
            AND throttle.retry_after IS NULL
          ${sql.raw(stronger ? 'FOR NO KEY UPDATE' : 'FOR SHARE')} OF users
        ),
        rehashed AS (
          UPDATE users SET password_hash = ${stronger ?? null}::text
          FROM account WHERE users.id = account.id AND ${stronger !== undefined}::boolean
        ),
        ${sessionCtes(session)}
        SELECT throttle.retry_after, token.expires_at, token.added_claims,
               EXISTS (SELECT FROM device_mail) AS on_new_device,
               EXISTS (SELECT FROM users WHERE id = ${userId} AND NOT is_active) AS is_disabled
        FROM throttle LEFT JOIN token ON true`,
  );
