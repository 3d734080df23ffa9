import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type AuditEntry, auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { changeCredentials } from '../auth/credential-store.ts';
import { revokeTokens } from '../auth/sessions.ts';
import { statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import type { ApiKeyId, SessionId, UserId } from '../ids.ts';
import { findTarget } from './change-user.ts';
import type { AdminDeps } from './ports.ts';

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
      sql`UPDATE sessions SET revoked_at = now() FROM verdict
          WHERE verdict.allowed AND id = ${sessionId}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > now()
          RETURNING id, jsonb_build_object('user_id', user_id, 'created_at', created_at, 'ip', ip, 'user_agent', user_agent) AS image`,
    ),
    revokeTokens(sessionId),
  ]);
  if (!ended?.allowed) throw new AppError('admin_required');
  if (!ended.done) throw new AppError('session_not_found');
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
      sql`UPDATE api_keys SET revoked_at = now() FROM verdict
          WHERE verdict.allowed AND id = ${keyId}::uuid AND user_id = ${userId}::uuid AND revoked_at IS NULL
          RETURNING id, jsonb_build_object('user_id', user_id, 'name', name, 'key_prefix', key_prefix, 'scopes', scopes) AS image`,
    ),
  );
  if (!revoked?.allowed) throw new AppError('admin_required');
  if (!revoked.done) throw new AppError('api_key_not_found');
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

/** @param update of the row where `verdict.allowed`; returns its id and what the audit log keeps of it */
const endCredential = (admin: Administrator, entry: AuditEntry, update: SQL) =>
  statement(
    z.object({ allowed: z.boolean(), done: z.boolean() }),
    sql`WITH verdict AS (SELECT ${stillAdministrator(admin)} AS allowed),
        ended AS (${update}),
        audited AS (SELECT ended.id AS target_id, ended.image AS before, NULL::jsonb AS after FROM ended),
        ${auditCte(actorOf(admin), entry)}
        SELECT allowed, EXISTS (SELECT FROM ended) AS done FROM verdict`,
  );
