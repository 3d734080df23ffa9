import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { authorizeRead } from './authorize.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import type { User } from './store.ts';

/** A point in time as the wire has it; an export goes out as it was read. */
const at = z.string().transform((value) => new Date(value).toISOString());
const text = z.string().nullable();

/** Everything held about the own account but hashes and keys. One round trip. */
export async function exportAccount(deps: Pick<AuthDeps, 'db' | 'accountHoldings'>, claims: AccessClaims) {
  const { userId } = claims;
  const { user, results } = await authorizeRead(deps, claims, {}, [
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
    ...deps.accountHoldings.map(({ rows }) => rows(userId)),
  ]);
  const [[profile], [store], identities, sessions, links, loginCodes, apiKeys, mails, ...holdings] = results;
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
  };
}
