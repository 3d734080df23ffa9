import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { Policy } from './authorize.ts';
import type { AccessClaims, AuthDeps, Caller } from './ports.ts';
import { ADMIN_SCOPES, SCOPES } from './scopes.ts';
import { sessionStands } from './session-store.ts';
import { toUser, USER_COLUMNS, userColumns } from './store.ts';

const ALLOWED = 'allowed';
const VERDICTS = [
  ALLOWED,
  'account_disabled',
  'admin_required',
  'api_key_invalid',
  'email_not_verified',
  'invalid_token',
  'plan_required',
  'scope_required',
] as const;

/** For how long the note of a key's last use is taken for recent enough. */
const NOTE_USE_EVERY = sql.raw(`interval '1 minute'`);

/**
 * A SELECT of the account that somebody speaks for, with the `verdict` on what they ask for; no row for a key that is
 * none, or an account that is gone. Judged in SQL, so that a write in the same batch can hang on it.
 */
export function callerRow({ mayUseKeys }: Pick<AuthDeps, 'mayUseKeys'>, caller: Caller, policy: Policy): SQL {
  return 'claims' in caller
    ? sessionRow(caller.claims, policy)
    : keyRow(caller.keyHash, policy, mayUseKeys(sql`users.id`));
}

/** The same of a session, which needs nothing but itself. */
export const sessionRow = (claims: AccessClaims, { unverified = false, admin = false }: Policy) => sql`
  SELECT users.*, NULL::text[] AS scopes, CASE
    WHEN NOT users.is_active THEN 'account_disabled'
    WHEN NOT ${sessionStands(claims)} THEN 'invalid_token'
    WHEN NOT users.is_verified AND NOT ${unverified}::boolean THEN 'email_not_verified'
    WHEN ${admin}::boolean AND NOT users.is_admin THEN 'admin_required'
    ELSE ${ALLOWED} END AS verdict
  FROM users WHERE users.id = ${claims.userId}::uuid`;

/**
 * The key of an account that a platform made works before its mailbox is proven, because the platform answers for it;
 * it dies with the proof (`endCredentialsCtes`). Where an administrator is asked for, their key has to be one for that:
 * a key that reads a profile is no administrator, whoever's it is.
 */
const keyRow = (
  keyHash: string,
  { unverified = false, admin = false, scope }: Policy,
  mayUseKeys: SQL,
) => sql`
  SELECT users.*, api_keys.id AS key_id, api_keys.scopes, CASE
    WHEN api_keys.revoked_at IS NOT NULL OR api_keys.expires_at <= now() THEN 'api_key_invalid'
    WHEN NOT users.is_active THEN 'account_disabled'
    WHEN NOT users.is_verified AND users.external_platform IS NULL AND NOT ${unverified}::boolean
      THEN 'email_not_verified'
    WHEN NOT coalesce(${scope ?? null}::text = ANY (api_keys.scopes), false) THEN 'scope_required'
    WHEN ${admin || (scope !== undefined && ADMIN_SCOPES.has(scope))}::boolean AND NOT users.is_admin
      THEN 'admin_required'
    WHEN ${admin && !(scope !== undefined && ADMIN_SCOPES.has(scope))}::boolean AND NOT 'admin:read' = ANY (api_keys.scopes)
      THEN 'scope_required'
    WHEN NOT ${mayUseKeys} THEN 'plan_required'
    ELSE ${ALLOWED} END AS verdict
  FROM api_keys JOIN users ON users.id = api_keys.user_id WHERE api_keys.key_hash = ${keyHash}`;

const foundCaller = z
  .object({ ...userColumns, scopes: z.array(z.string()).nullable(), verdict: z.enum(VERDICTS) })
  .transform(({ verdict, scopes, ...user }) => ({
    user: toUser(user),
    /** What a key may do; a session may do everything. */
    scopes: scopes ? SCOPES.filter((scope) => scopes.includes(scope)) : undefined,
    /** Why not; undefined for who may. */
    refusal: verdict === ALLOWED ? undefined : verdict,
  }));
export type FoundCaller = z.output<typeof foundCaller>;

/** @param row made by {@link callerRow}, here and below */
export const readCaller = (row: SQL) =>
  statement(foundCaller, sql`SELECT ${USER_COLUMNS}, scopes, verdict FROM (${row}) AS caller`);

/** The id of the account, as an expression; null for whoever is refused. */
export const allowedOwner = (row: SQL) =>
  sql`(SELECT caller.id FROM (${row}) AS caller WHERE caller.verdict = ${ALLOWED})`;

/**
 * Notes that a key was used, at most once a minute; nothing of one that was refused, and nothing but that, so that it
 * can't undo a revocation. Of parallel calls one does it and none waits.
 */
export const noteUse = (row: SQL) =>
  statement(
    done,
    sql`UPDATE api_keys SET last_used_at = now() WHERE id = (
          SELECT id FROM api_keys
          WHERE id = (SELECT caller.key_id FROM (${row}) AS caller WHERE caller.verdict = ${ALLOWED})
            AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at <= now() - ${NOTE_USE_EVERY})
          FOR NO KEY UPDATE SKIP LOCKED)`,
  );
