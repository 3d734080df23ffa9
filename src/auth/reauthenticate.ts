import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import { addressSubject } from './address.ts';
import { authorizeRead, type Policy } from './authorize.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import { refuseAttempt } from './refuse-attempt.ts';
import { FRESH_LOGIN_SECONDS } from './rules.ts';
import type { User } from './store.ts';

/** An account whose holder has just shown again who they are. */
export type Reauthenticated = {
  readonly user: User;
  /** The name of the account's address in the counters of wrong passwords and of mails. */
  readonly subject: string;
  /** What the password matched; the statement that acts on it has to ask whether it still stands. */
  readonly passwordHash: string | null;
  /** By password; else by having signed in a moment ago. */
  readonly byPassword: boolean;
};

/**
 * The account behind a token, once more proven: by its password, or where none is given by a session that began
 * within the last ten minutes. One round trip and one hash; one more trip when the password is wrong.
 *
 * A wrong password counts like one at the login. Whether the account has to wait is not asked here: the right
 * password is only good together with `forgiveCte` in what follows.
 *
 * @throws {AppError} `wrong_password`, `account_locked`, `reauthentication_required`, and those of `authorize`
 */
export async function reauthenticate(
  deps: Pick<AuthDeps, 'db' | 'passwords' | 'validationHash'>,
  claims: AccessClaims,
  policy: Policy,
  password: string | undefined,
  origin: Origin,
): Promise<Reauthenticated> {
  const { user, results } = await authorizeRead(deps, claims, policy, [proofOf(claims)]);
  const [[proof]] = results;
  // Deleted between the two statements.
  if (!proof) throw new AppError('invalid_token');
  const passwordHash = proof.password_hash;
  const subject = await addressSubject(deps.validationHash, user.email);
  if (password === undefined) {
    if (!proof.is_fresh) throw new AppError('reauthentication_required');
    return { user, subject, passwordHash, byPassword: false };
  }
  if (!passwordHash) throw new AppError('wrong_password', { detail: NO_PASSWORD });
  const matches = await deps.passwords.verify(passwordHash, password);
  if (!matches) {
    const attempt = { subject, method: 'password', origin, targetId: user.id, userId: user.id } as const;
    throw await refuseAttempt(deps, attempt, 'wrong_password');
  }
  return { user, subject, passwordHash, byPassword: true };
}

export const NO_PASSWORD =
  'This account has no password. Set one by the link that POST /forget-password mails.';

const proofOf = (claims: AccessClaims) =>
  statement(
    z.object({ password_hash: z.string().nullable(), is_fresh: z.boolean() }),
    sql`SELECT users.password_hash,
               sessions.created_at > now() - make_interval(secs => ${FRESH_LOGIN_SECONDS}) AS is_fresh
        FROM users JOIN sessions ON sessions.user_id = users.id AND sessions.id = ${claims.sessionId}
        WHERE users.id = ${claims.userId}`,
  );
