import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type AuditEntry, auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { changeCredentials } from '../auth/credential-store.ts';
import { type ResetMail, resetMailCtes } from '../auth/forgot-password.ts';
import { loginCodeSubject } from '../auth/login-code.ts';
import { revokeTokens } from '../auth/sessions.ts';
import type { User } from '../auth/store.ts';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import {
  type ApiKeyId,
  newId,
  type OneTimeTokenId,
  type OutboxId,
  type SessionId,
  type UserId,
} from '../ids.ts';
import { isMailed } from '../mail/outbox.ts';
import { findTarget } from './change-user.ts';
import type { AdminDeps } from './ports.ts';
import { type AdminUser, locksOf, userById, withLocks } from './user-store.ts';

/**
 * Signs an account out everywhere; answers of how many sessions. Two round trips.
 *
 * @throws {AppError} `user_not_found`, and those of `authorize`
 */
export async function endSessionsOf(deps: AdminDeps, admin: Administrator, userId: UserId): Promise<number> {
  await findTarget(deps, admin, userId);
  const [[ended]] = await changeCredentials(
    deps.db,
    sql`SELECT ${userId}::uuid`,
    [],
    [endAllSessions(admin, userId)],
  );
  if (!ended?.allowed) throw new AppError('admin_required');
  return ended.revoked;
}

/**
 * Signs an account out in one place. Two round trips.
 *
 * @throws {AppError} `user_not_found`, `session_not_found`, and those of `authorize`
 */
export async function endSessionOf(
  deps: AdminDeps,
  admin: Administrator,
  userId: UserId,
  sessionId: SessionId,
): Promise<void> {
  await findTarget(deps, admin, userId);
  const [[ended]] = await deps.db.batch([
    endCredential(
      admin,
      { action: 'session.revoke', targetType: 'session' },
      sql`UPDATE sessions SET revoked_at = now()
          WHERE id = ${sessionId}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > now()
            AND ${stillAdministrator(admin)}
          RETURNING id, jsonb_build_object('user_id', user_id, 'created_at', created_at, 'ip', ip, 'user_agent', user_agent) AS image`,
    ),
    revokeTokens(sessionId),
  ]);
  if (!ended) throw new AppError('session_not_found');
}

/**
 * Revokes an API key of an account: its next call is refused. Two round trips.
 *
 * @throws {AppError} `user_not_found`, `api_key_not_found`, and those of `authorize`
 */
export async function revokeKeyOf(
  deps: AdminDeps,
  admin: Administrator,
  userId: UserId,
  keyId: ApiKeyId,
): Promise<void> {
  await findTarget(deps, admin, userId);
  const [revoked] = await deps.db.query(
    endCredential(
      admin,
      { action: 'api_key.revoke', targetType: 'api_key' },
      sql`UPDATE api_keys SET revoked_at = now()
          WHERE id = ${keyId}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL AND ${stillAdministrator(admin)}
          RETURNING id, jsonb_build_object('user_id', user_id, 'name', name, 'key_prefix', key_prefix, 'scopes', scopes) AS image`,
    ),
  );
  if (!revoked) throw new AppError('api_key_not_found');
}

/**
 * Mails the owner of an account the link to set a new password; the administrator sees neither. Two round trips.
 *
 * @throws {AppError} `user_not_found`, `mail_not_configured`, `not_mailable`, `rate_limited` when the address has had
 *   its five of the hour, and those of `authorize`
 */
export async function mailReset(deps: AdminDeps, admin: Administrator, userId: UserId): Promise<void> {
  const { target, subject } = await findTarget(deps, admin, userId);
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
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
  const { subject } = await findTarget(deps, admin, userId);
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

/** Of any number at once one ends them; nothing is written down where there was none. */
const endAllSessions = (admin: Administrator, userId: UserId) =>
  statement(
    z.object({ allowed: z.boolean(), revoked: z.number() }),
    sql`WITH verdict AS (SELECT ${stillAdministrator(admin)} AS allowed),
        ended AS (
          UPDATE sessions SET revoked_at = now() FROM verdict
          WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > now() AND verdict.allowed
          RETURNING id
        ),
        ended_tokens AS (
          UPDATE refresh_tokens SET revoked_at = now() FROM verdict
          WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND verdict.allowed
        ),
        counted AS (SELECT count(*)::int AS revoked FROM ended),
        audited AS (
          SELECT ${userId}::uuid AS target_id, NULL::jsonb AS before, jsonb_build_object('revoked', revoked) AS after
          FROM counted WHERE revoked > 0
        ),
        ${auditCte(actorOf(admin), { action: 'user.end_sessions', targetType: 'user' })}
        SELECT allowed, revoked FROM verdict, counted`,
  );

/** @param update of the row, that returns its id and what the audit log keeps of it */
const endCredential = (admin: Administrator, entry: AuditEntry, update: SQL) =>
  statement(
    done,
    sql`WITH ended AS (${update}),
        audited AS (SELECT ended.id AS target_id, ended.image AS before, NULL::jsonb AS after FROM ended),
        ${auditCte(actorOf(admin), entry)}
        SELECT 1 AS done FROM ended`,
  );

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
