import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { newId, type OutboxId, type SessionId, type UserId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { acceptPassword } from './accept-password.ts';
import { addressSubject } from './address.ts';
import { authorizeRead } from './authorize.ts';
import { changeCredentials, endCredentialsCtes, forgiveHeldCte, UNDO_STAYS } from './credential-store.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import { NO_PASSWORD } from './reauthenticate.ts';
import { accountLocked, refuseAttempt } from './refuse-attempt.ts';
import { sessionStands } from './session-store.ts';
import { notLocked, standingLock } from './throttle-store.ts';

/**
 * Replaces a password by who knows it, and ends everything else that opens the account but the session that asks.
 * Two round trips. Wrong passwords count together with those of `/login`, and while the address has to wait the right
 * one is answered like a wrong one, after the same work.
 *
 * An account that has no password can't change it: the way to its first one is a mailed link.
 *
 * @throws {AppError} `wrong_password`, `account_locked`, `validation_failed`, and those of {@link authorizeRead}
 */
export async function changePassword(
  deps: AuthDeps,
  claims: AccessClaims,
  input: { old_password: string; new_password: string },
  origin: Origin,
): Promise<void> {
  const { user, results } = await authorizeRead(deps, claims, {}, [currentPassword(claims.userId)]);
  const passwordHash = results[0][0]?.password_hash;
  if (!passwordHash) throw new AppError('wrong_password', { detail: NO_PASSWORD });
  await acceptPassword(deps, 'new_password', input.new_password, user);

  const subject = await addressSubject(deps.validationHash, user.email);
  const matches = await deps.passwords.verify(passwordHash, input.old_password);
  // Made for a wrong one too: during a lock its time would tell the right one.
  const newHash = await deps.passwords.hash(input.new_password);
  if (!matches) {
    const attempt = { subject, method: 'password', origin, targetId: user.id, userId: user.id } as const;
    throw await refuseAttempt(deps, attempt, 'wrong_password');
  }

  const outboxId = newId<OutboxId>();
  const owner = sql`SELECT ${user.id}::uuid`;
  const [[changed], [lock]] = await changeCredentials(
    deps.db,
    owner,
    [subject],
    [
      replacePassword({
        userId: user.id,
        sessionId: claims.sessionId,
        subject,
        oldHash: passwordHash,
        newHash,
        outboxId,
        origin,
      }),
      standingLock(subject),
    ],
  );
  if (changed) deps.announceMail(outboxId);
  else throw lock ? accountLocked(lock.retry_after) : new AppError('wrong_password');
}

const currentPassword = (userId: UserId) =>
  statement(
    z.object({ password_hash: z.string().nullable() }),
    sql`SELECT password_hash FROM users WHERE id = ${userId}`,
  );

type Replacement = {
  userId: UserId;
  sessionId: SessionId;
  subject: string;
  oldHash: string;
  newHash: string;
  outboxId: OutboxId;
  origin: Origin;
};

/** No row: the password is another one by now, the session has ended, or the address has to wait. */
const replacePassword = ({ userId, sessionId, subject, oldHash, newHash, outboxId, origin }: Replacement) =>
  statement(
    done,
    sql`WITH account AS (
          UPDATE users SET password_hash = ${newHash}
          WHERE id = ${userId} AND is_active AND password_hash = ${oldHash}
            AND ${sessionStands({ userId, sessionId })}
            AND ${notLocked(subject)}
          RETURNING id, email, username
        ),
        ${endCredentialsCtes(sql.raw('account'), { session: sessionId, keys: true, ...UNDO_STAYS })},
        ${forgiveHeldCte(subject)},
        ${eventCte('auth.password_changed', 'user', origin, sql`SELECT id, id, NULL, NULL FROM account`)},
        letter AS (
          SELECT users.id AS user_id, 'password_changed' AS kind, users.email AS recipient,
                 jsonb_build_object('username', users.username) AS payload
          FROM account JOIN users ON users.id = account.id
        ),
        ${mailCtes(outboxId, subject)}
        SELECT 1 AS done FROM account`,
  );
