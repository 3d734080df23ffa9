import { ADMINISTRATORS_LOCK } from '../src/auth/last-administrator.ts';
import { ADMIN_SCOPES } from '../src/auth/scopes.ts';
import type { Sql } from './database/connect.ts';

/** Makes the user with this address an administrator. Answers whether there is such a user. */
export async function grantAdministrator(sql: Sql, email: string): Promise<boolean> {
  const rows = await sql`update users set is_admin = true where email = lower(${email}) returning id`;
  return rows.length > 0;
}

export type Revocation = 'revoked' | 'unknown' | 'not_admin' | 'last_admin';

/**
 * Takes an administrator's rights away, but never the last one's who is active and verified. Under the lock that the
 * service takes for the same (src/auth/last-administrator.ts): two revocations at once can't each leave the other one's
 * as the last.
 */
export async function revokeAdministrator(sql: Sql, email: string): Promise<Revocation> {
  const [, rows] = await sql.transaction([
    sql`select pg_advisory_xact_lock(${ADMINISTRATORS_LOCK}::bigint)::text as locked`,
    sql`
      with target as (
        select id, is_admin, is_admin and is_active and is_verified as counts from users where email = lower(${email})
      ), revoked as (
        update users set is_admin = false from target
        where users.id = target.id and target.is_admin
          and (not target.counts or exists (
            select from users as other
            where other.is_admin and other.is_active and other.is_verified and other.id <> target.id))
        returning users.id
      )
      select exists (select from revoked) as revoked,
        exists (select from target) as known,
        exists (select from target where is_admin) as was_admin`,
    // As at the desk: what only an administrator's key may do is not to come back with the next promotion.
    sql`
      update api_keys set revoked_at = now() from users
      where users.email = lower(${email}) and not users.is_admin and api_keys.user_id = users.id
        and api_keys.revoked_at is null and api_keys.scopes && ${[...ADMIN_SCOPES]}::text[]`,
  ]);
  const row = rows?.[0];
  if (row?.revoked) return 'revoked';
  if (!row?.known) return 'unknown';
  return row.was_admin ? 'last_admin' : 'not_admin';
}
