import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import { newId, type OutboxId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { addressSubject } from './address.ts';
import { authorize } from './authorize.ts';
import { changeCredentials, endCredentialsCtes } from './credential-store.ts';
import { isLastAdministrator, lastAdministrator, lockAdministrators } from './last-administrator.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import { reauthenticate } from './reauthenticate.ts';
import { accountLocked } from './refuse-attempt.ts';
import { sessionStands } from './session-store.ts';
import type { User } from './store.ts';
import { forgive } from './throttle-store.ts';

/**
 * Switches the own account off: nothing opens it any more, nothing is deleted. Two round trips.
 *
 * @throws {AppError} `last_admin`, and those of `authorize`
 */
export async function deactivateAccount(deps: AuthDeps, claims: AccessClaims, origin: Origin): Promise<void> {
  const user = await authorize(deps, claims, {});
  const mailId = newId<OutboxId>();
  const [[switchedOff]] = await changeCredentials(
    deps.db,
    sql`SELECT ${user.id}::uuid`,
    [],
    [
      switchOff(claims, mailId, await addressSubject(deps.validationHash, user.email), origin),
      ...deps.accountDeactivated.map((follow) => follow(user.id)),
    ] as const,
    lockAdministrators(user.id),
  );
  if (!switchedOff) throw new AppError('invalid_token');
  if (switchedOff.is_last) throw new AppError('last_admin');
  deps.announceMail(mailId);
}

/**
 * Deletes the own account and everything that belongs to it, once what it has elsewhere has ended. Two round trips
 * after a fresh login; one more with a password, because what ends elsewhere can't be taken back and must not begin
 * before the lock of the address was asked; and one more for an administrator, who must not be the last. To these come those of `accountClosing`.
 *
 * @throws {AppError} `wrong_password`, `account_locked`, `reauthentication_required`, `last_admin`, `account_closing_failed`
 */
export async function deleteAccount(
  deps: AuthDeps,
  claims: AccessClaims,
  input: { password?: string | undefined },
  origin: Origin,
): Promise<void> {
  const { user, subject, passwordHash, byPassword } = await reauthenticate(
    deps,
    claims,
    { unverified: true },
    input.password,
    origin,
  );
  if (byPassword) {
    const [throttle] = await deps.db.query(forgive(subject));
    if (throttle?.retry_after) throw accountLocked(throttle.retry_after);
  }
  if (user.isAdmin) {
    const [last] = await deps.db.query(lastAdministrator(user.id));
    if (last) throw new AppError('last_admin');
  }
  await closeElsewhere(deps, user);
  const mailId = newId<OutboxId>();
  const [[erased]] = await changeCredentials(
    deps.db,
    sql`SELECT ${user.id}::uuid`,
    [],
    [erase(claims, passwordHash, mailId, subject, origin)],
    lockAdministrators(user.id),
  );
  // It was deleted, deactivated or given another password meanwhile, and its sessions ended with that.
  if (!erased) throw new AppError('invalid_token');
  if (erased.is_last) throw new AppError('last_admin');
  if (erased.mailed) deps.announceMail(mailId);
}

async function closeElsewhere(deps: Pick<AuthDeps, 'accountClosing'>, user: User): Promise<void> {
  for (const close of deps.accountClosing) {
    try {
      await close(user);
    } catch (cause) {
      throw new AppError('account_closing_failed', { cause });
    }
  }
}

const switchOff = (claims: AccessClaims, mailId: OutboxId, subject: string, origin: Origin) =>
  statement(
    z.object({ is_last: z.boolean() }),
    sql`WITH verdict AS (
          SELECT users.id, ${isLastAdministrator(sql`users`)} AS is_last FROM users
          WHERE users.id = ${claims.userId}::uuid AND users.is_active AND ${sessionStands(claims)}
        ),
        ${switchOffCtes(sql`SELECT id FROM verdict WHERE NOT is_last`, mailId, subject)},
        ${eventCte('account.deactivated', 'user', origin, sql`SELECT id, id, NULL, NULL FROM account`)}
        SELECT is_last FROM verdict`,
  );

/**
 * `account`: the row of an account that is switched off, with the CTEs that end what opens it and tell its owner.
 * To be run by `changeCredentials`, with `accountDeactivated` after it.
 *
 * @param which a SELECT of its id
 */
export const switchOffCtes = (which: SQL, mailId: OutboxId, subject: string): SQL => sql`
  account AS (
    UPDATE users SET is_active = false WHERE id IN (${which}) AND is_active RETURNING users.*
  ),
  ${endCredentialsCtes(sql.raw('account'))},
  letter AS (
    SELECT id AS user_id, 'account_deactivated' AS kind, email AS recipient,
           jsonb_build_object('username', username) AS payload
    FROM account
  ),
  ${mailCtes(mailId, subject)}`;

/**
 * The row, and by its foreign keys all that hangs on it. Its mails go too, sent or not; the one that says so is written
 * in their place, and belongs to no account. An address that was never proven to be theirs gets none: it may be a stranger's.
 */
const erase = (
  claims: AccessClaims,
  passwordHash: string | null,
  mailId: OutboxId,
  subject: string,
  origin: Origin,
) =>
  statement(
    z.object({ mailed: z.boolean(), is_last: z.boolean() }),
    sql`WITH verdict AS (
          SELECT users.id, ${isLastAdministrator(sql`users`)} AS is_last FROM users
          WHERE users.id = ${claims.userId}::uuid AND users.is_active
            AND users.password_hash IS NOT DISTINCT FROM ${passwordHash}::text AND ${sessionStands(claims)}
        ),
        account AS (
          DELETE FROM users WHERE id IN (SELECT id FROM verdict WHERE NOT is_last)
          RETURNING id, email, username, is_verified
        ),
        ${eventCte('account.deleted', 'user', origin, sql`SELECT id, id, NULL, NULL FROM account`)},
        erased_mails AS (
          DELETE FROM outbox USING account WHERE outbox.user_id = account.id
        ),
        erased_quotas AS (
          DELETE FROM mail_quotas USING account WHERE mail_quotas.subject = account.id::text
        ),
        letter AS (
          SELECT NULL::uuid AS user_id, 'account_deleted' AS kind, email AS recipient,
                 jsonb_build_object('username', username) AS payload
          FROM account WHERE is_verified
        ),
        ${mailCtes(mailId, subject)}
        SELECT EXISTS (SELECT FROM mail) AS mailed, is_last FROM verdict`,
  );
