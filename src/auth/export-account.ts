import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { concernsAccount, eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { authorizeCaller } from './authorize.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import type { User } from './store.ts';

/** A point in time as the wire has it; an export goes out as it was read. */
const at = z.string().transform((value) => new Date(value).toISOString());
const text = z.string().nullable();

/**
 * Everything held about the own account but hashes and keys. One round trip.
 *
 * @throws {AppError} those of `authorize`
 */
export async function exportAccount(
  deps: Pick<AuthDeps, 'db' | 'accountHoldings' | 'mayUseKeys'>,
  claims: AccessClaims,
  origin: Origin,
) {
  const { userId } = claims;
  const { user, results } = await authorizeCaller(deps, { claims }, {}, (owner) => [
    noteExport(owner, origin),
    statement(
      z.object({ first_name: text, last_name: text, profile_img: text, created_at: at, updated_at: at }),
      sql`SELECT first_name, last_name, profile_img, created_at, updated_at FROM profiles WHERE user_id = ${userId}`,
    ),
    statement(
      z.object({ platform: z.string(), store_id: z.string() }),
      sql`SELECT external_platform AS platform, external_store_id AS store_id
          FROM users WHERE id = ${userId} AND external_platform IS NOT NULL`,
    ),
    statement(
      z.object({ provider: z.string(), subject: z.string(), email: text, created_at: at }),
      sql`SELECT provider, subject, email, created_at FROM identities WHERE user_id = ${userId} ORDER BY created_at`,
    ),
    statement(
      z.object({
        id: z.string(),
        created_at: at,
        last_used_at: at,
        expires_at: at,
        revoked_at: at.nullable(),
        ip: text,
        user_agent: text,
        country: text,
        city: text,
      }),
      sql`SELECT id, created_at, last_used_at, expires_at, revoked_at, ip, user_agent, country, city
          FROM sessions WHERE user_id = ${userId} ORDER BY created_at`,
    ),
    statement(
      z.object({
        purpose: z.string(),
        email: z.string(),
        created_at: at,
        expires_at: at,
        used_at: at.nullable(),
      }),
      sql`SELECT purpose, email, created_at, expires_at, used_at
          FROM one_time_tokens WHERE user_id = ${userId} ORDER BY created_at`,
    ),
    statement(
      z.object({ created_at: at, expires_at: at, used_at: at.nullable() }),
      sql`SELECT created_at, expires_at, used_at FROM login_codes WHERE user_id = ${userId}`,
    ),
    statement(
      z.object({
        id: z.string(),
        name: z.string(),
        key_prefix: z.string(),
        scopes: z.array(z.string()),
        created_at: at,
        expires_at: at.nullable(),
        last_used_at: at.nullable(),
        revoked_at: at.nullable(),
      }),
      sql`SELECT id, name, key_prefix, scopes, created_at, expires_at, last_used_at, revoked_at
          FROM api_keys WHERE user_id = ${userId} ORDER BY created_at`,
    ),
    statement(
      z.object({
        kind: z.string(),
        recipient: z.string(),
        status: z.string(),
        created_at: at,
        sent_at: at.nullable(),
      }),
      sql`SELECT outbox.kind, outbox.recipient, outbox.status, outbox.created_at, outbox.sent_at
          FROM outbox WHERE outbox.user_id = ${userId} ORDER BY outbox.created_at`,
    ),
    securityEvents(userId),
    ...deps.accountHoldings.map(({ rows }) => rows(userId)),
  ]);
  const [
    noted,
    [profile],
    [store],
    identities,
    sessions,
    links,
    loginCodes,
    apiKeys,
    mails,
    events,
    ...holdings
  ] = results;
  // Signed out between the first statement and the second.
  if (noted.length === 0) throw new AppError('invalid_token');
  return {
    ...Object.fromEntries(deps.accountHoldings.map(({ name }, index) => [name, holdings[index] ?? []])),
    user: user satisfies User,
    profile: profile ?? null,
    store: store ?? null,
    identities,
    sessions,
    links,
    login_codes: loginCodes,
    api_keys: apiKeys,
    mails,
    security_events: events,
  };
}

const noteExport = (owner: SQL, origin: Origin) =>
  statement(
    done,
    sql`WITH ${eventCte(
      'account.exported',
      'user',
      origin,
      sql`SELECT owner.id, owner.id, NULL, NULL FROM (SELECT ${owner} AS id) AS owner WHERE owner.id IS NOT NULL`,
    )}
        SELECT 1 AS done WHERE ${owner} IS NOT NULL`,
  );

/** The most that an export holds of the audit log. */
const MOST_EVENTS = 10_000;

/**
 * What the audit log has of the account, the same as administrators see of it. Where an act came from is only told of its own: the address of whoever tried a
 * wrong password, and which administrator it was, is about somebody else.
 */
const securityEvents = (userId: UserId) =>
  statement(
    z.object({
      action: z.string(),
      by: z.enum(['account', 'administrator', 'unknown']),
      created_at: at,
      ip: text,
      user_agent: text,
    }),
    sql`SELECT log.action, log.created_at,
               CASE WHEN own THEN 'account' WHEN log.admin_id IS NOT NULL THEN 'administrator' ELSE 'unknown' END AS by,
               CASE WHEN own THEN log.ip END AS ip, CASE WHEN own THEN log.user_agent END AS user_agent
        FROM admin_audit_logs AS log
        CROSS JOIN LATERAL (SELECT coalesce(${userId}::uuid IN (log.user_id, log.admin_id), false) AS own) AS whose
        WHERE ${concernsAccount(sql`log`, userId)}
        ORDER BY log.created_at DESC, log.id LIMIT ${MOST_EVENTS}::int`,
  );
