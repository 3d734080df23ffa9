import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { auditCte } from '../audit/audit.ts';
import { addressSubject } from '../auth/address.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { type ResetMail, resetMailCtes } from '../auth/forgot-password.ts';
import { loginCodeSubject } from '../auth/login-code.ts';
import type { User } from '../auth/store.ts';
import { statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import { newId, type OneTimeTokenId, type OutboxId, type UserId } from '../ids.ts';
import { isMailed } from '../mail/outbox.ts';
import { findTarget } from './change-user.ts';
import type { AdminDeps } from './ports.ts';
import { type AdminUser, locksOf, userById, withLocks } from './user-store.ts';

/**
 * Mails the owner of an account the link to set a new password; the administrator sees neither. Two round trips.
 *
 * @throws {AppError} `user_not_found`, `mail_not_configured`, `not_mailable`, `rate_limited` when the address has had
 *   its five of the hour, and those of `authorize`
 */
export async function mailReset(deps: AdminDeps, admin: Administrator, userId: UserId): Promise<void> {
  const target = await findTarget(deps, admin, userId);
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
  const subject = await addressSubject(deps.validationHash, target.email);
  const mail = { subject, tokenId: newId<OneTimeTokenId>(), outboxId: newId<OutboxId>() };
  const [sent] = await deps.db.query(sendReset(admin, target, mail));
  if (!sent?.allowed) throw new AppError('admin_required');
  if (!sent.reachable) throw new AppError('not_mailable');
  if (!sent.mailed) {
    throw new AppError('rate_limited', {
      detail: 'This address has had as many of these mails as it gets in an hour.',
      retryAfterSeconds: MAIL_QUOTA_SECONDS,
    });
  }
  deps.announceMail(mail.outboxId);
}

const MAIL_QUOTA_SECONDS = 3_600;

/**
 * Forgets the wrong passwords and codes of an account, and with them the wait. Two round trips.
 *
 * @throws {AppError} `user_not_found`, and those of `authorize`
 */
export async function unlockUser(deps: AdminDeps, admin: Administrator, userId: UserId): Promise<AdminUser> {
  const { email } = await findTarget(deps, admin, userId);
  const subject = await addressSubject(deps.validationHash, email);
  const [[unlocked], [found], locks] = await deps.db.batch([
    forgiveAccount(admin, userId, [subject, loginCodeSubject(subject)]),
    userById(userId),
    locksOf([subject]),
  ]);
  if (!unlocked?.allowed) throw new AppError('admin_required');
  const [user] = withLocks(found ? [found] : [], [subject], locks);
  if (!user) throw new AppError('user_not_found');
  return user;
}

/** The link carries the name of the address, which has to be the one that it is mailed to. */
const sendReset = (admin: Administrator, target: Pick<User, 'id' | 'email'>, mail: ResetMail) =>
  statement(
    z.object({ allowed: z.boolean(), reachable: z.boolean(), mailed: z.boolean() }),
    sql`WITH verdict AS (SELECT ${stillAdministrator(admin)} AS allowed),
        account AS (
          SELECT users.id, users.email, users.username FROM users, verdict
          WHERE users.id = ${target.id}::uuid AND users.email = ${target.email} AND users.is_active AND ${isMailed(sql`users.email`)} AND verdict.allowed
        ),
        ${resetMailCtes(mail)},
        audited AS (
          SELECT account.id AS target_id, NULL::jsonb AS before, jsonb_build_object('mail_id', mail.id) AS after
          FROM account, mail
        ),
        ${auditCte(actorOf(admin), { action: 'user.send_reset', targetType: 'user' })}
        SELECT allowed, EXISTS (SELECT FROM account) AS reachable, EXISTS (SELECT FROM mail) AS mailed FROM verdict`,
  );

const forgiveAccount = (admin: Administrator, userId: UserId, subjects: readonly [string, string]) =>
  statement(
    z.object({ allowed: z.boolean() }),
    sql`WITH verdict AS (SELECT ${stillAdministrator(admin)} AS allowed),
        held AS (
          SELECT subject, failed_at, locked_until FROM login_throttles, verdict
          WHERE subject IN (${subjects[0]}, ${subjects[1]}) AND verdict.allowed
            AND (cardinality(failed_at) > 0 OR locks > 0 OR locked_until IS NOT NULL)
          ORDER BY subject FOR UPDATE OF login_throttles
        ),
        forgiven AS (
          UPDATE login_throttles SET failed_at = '{}', locks = 0, locked_until = NULL
          FROM held WHERE login_throttles.subject = held.subject
          RETURNING login_throttles.subject
        ),
        audited AS (
          SELECT ${userId}::uuid AS target_id,
                 jsonb_build_object('failures', sum(cardinality(held.failed_at)), 'locked_until', max(held.locked_until)) AS before,
                 NULL::jsonb AS after
          FROM held JOIN forgiven ON forgiven.subject = held.subject HAVING count(*) > 0
        ),
        ${auditCte(actorOf(admin), { action: 'user.unlock', targetType: 'user' })}
        SELECT allowed FROM verdict`,
  );
