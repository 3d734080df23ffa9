import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import { textArray } from '../db/text-array.ts';
import type { ApiKeyId, UserId } from '../ids.ts';
import { LONGEST_LIFE_YEARS, MAX_LIVE_KEYS } from './rules.ts';

/** A key as its owner sees it; never the hash. */
export type ApiKey = {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly keyPrefix: string;
  readonly scopes: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
};

const columns = {
  id: id<ApiKeyId>(),
  name: z.string(),
  key_prefix: z.string(),
  scopes: z.array(z.string()),
  created_at: instant,
  expires_at: instant.nullable(),
  last_used_at: instant.nullable(),
};
const shape = z.object(columns);
const COLUMNS = sql.raw(Object.keys(columns).join(', '));

const toApiKey = (row: z.output<typeof shape>): ApiKey => ({
  id: row.id,
  name: row.name,
  keyPrefix: row.key_prefix,
  scopes: row.scopes,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
});

/**
 * Makes what follows in the batch wait for whatever else makes a key of the account, or ends its credentials, and see
 * it. The row is locked no more than needed: a login does not wait.
 */
export const lockOwner = (userId: UserId) =>
  statement(done, sql`SELECT 1 AS done FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`);

export type NewKey = {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly shownPrefix: string;
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly forAdministrators: boolean;
  readonly expiresAt: Date | null;
};

/** Makes a key, or says why not; to be run after {@link lockOwner} in one batch. No row: the owner has lost the right. */
export const createKey = (owner: SQL, key: NewKey, mayUseKeys: (userId: SQL) => SQL, origin: Origin) =>
  statement(
    z.object({
      outcome: z.enum([
        'created',
        'admin_required',
        'plan_required',
        'ends_in_past',
        'ends_too_late',
        'api_key_limit_reached',
      ]),
      created_at: instant.nullable(),
    }),
    sql`WITH owner AS (SELECT users.id, users.is_admin FROM users WHERE users.id = ${owner}),
        asked AS (SELECT ${key.expiresAt?.toISOString() ?? null}::timestamptz AS ends_at),
        verdict AS (
          SELECT owner.id AS owner_id, asked.ends_at, CASE
            WHEN ${key.forAdministrators}::boolean AND NOT owner.is_admin THEN 'admin_required'
            WHEN NOT ${mayUseKeys(sql`owner.id`)} THEN 'plan_required'
            WHEN asked.ends_at <= now() THEN 'ends_in_past'
            WHEN asked.ends_at > now() + make_interval(years => ${LONGEST_LIFE_YEARS}::int) THEN 'ends_too_late'
            WHEN (SELECT count(*) FROM api_keys WHERE user_id = owner.id AND ${LIVE}) >= ${MAX_LIVE_KEYS}::int
              THEN 'api_key_limit_reached'
            ELSE 'created' END AS outcome
          FROM owner, asked
        ),
        created AS (
          INSERT INTO api_keys (id, user_id, name, key_prefix, key_hash, scopes, expires_at)
          SELECT ${key.id}::uuid, owner_id, ${key.name}, ${key.shownPrefix}, ${key.hash}, ${textArray(key.scopes)}, ends_at
          FROM verdict WHERE outcome = 'created'
          RETURNING id, user_id, name, key_prefix, scopes, created_at, expires_at
        ),
        ${eventCte(
          'api_key.created',
          'api_key',
          origin,
          sql`SELECT user_id, id, NULL, jsonb_build_object('name', name, 'key_prefix', key_prefix, 'scopes', scopes,
                                                           'expires_at', expires_at)
              FROM created`,
        )}
        SELECT outcome, (SELECT created_at FROM created) AS created_at FROM verdict`,
  );

const LIVE = sql`(api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > now()))`;

/** An account's keys that were not revoked, the newest first. */
export const listKeys = (owner: SQL, page: { limit: number; offset: number }) =>
  statement(
    shape.transform(toApiKey),
    sql`SELECT ${COLUMNS} FROM api_keys WHERE user_id = ${owner} AND revoked_at IS NULL
        ORDER BY created_at DESC, id LIMIT ${page.limit} OFFSET ${page.offset}`,
  );

export const countKeys = (owner: SQL) =>
  statement(
    z.object({ total: z.number() }),
    sql`SELECT count(*)::int AS total FROM api_keys WHERE user_id = ${owner} AND revoked_at IS NULL`,
  );

/** Of any number at once one revokes it. No row: there is no such key of this account that works. */
export const revokeKey = (owner: SQL, keyId: ApiKeyId, origin: Origin) =>
  statement(
    done,
    sql`WITH revoked AS (
          UPDATE api_keys SET revoked_at = now()
          WHERE id = ${keyId}::uuid AND user_id = ${owner} AND revoked_at IS NULL
          RETURNING id, user_id, name, key_prefix
        ),
        ${eventCte(
          'api_key.revoked',
          'api_key',
          origin,
          sql`SELECT user_id, id, jsonb_build_object('name', name, 'key_prefix', key_prefix), NULL FROM revoked`,
        )}
        SELECT 1 AS done FROM revoked`,
  );
