import type { Sql } from './database/connect.ts';

/** Makes the user with this address an administrator. Answers whether there is such a user. */
export async function grantAdministrator(sql: Sql, email: string): Promise<boolean> {
  const rows = await sql`update users set is_admin = true where email = lower(${email}) returning id`;
  return rows.length > 0;
}

export type Revocation = 'revoked' | 'unknown' | 'not_admin' | 'last_admin';

/**
 * Takes an administrator's rights away, but never the last active one's. One statement, which locks every active
 * administrator first: two revocations at once can't each leave the other one's as the last.
 */
export async function revokeAdministrator(sql: Sql, email: string): Promise<Revocation> {
  const [row] = await sql`
    with active as materialized (
      select id from users where is_admin and is_active order by id for update
    ), target as (
      select id, is_admin from users where email = lower(${email})
    ), revoked as (
      update users set is_admin = false
      where id = (select id from target) and is_admin
        and (not is_active or exists (select from active where active.id <> users.id))
      returning id
    )
    select exists (select from revoked) as revoked,
      exists (select from target) as known,
      exists (select from target where is_admin) as was_admin`;
  if (row?.revoked) return 'revoked';
  if (!row?.known) return 'unknown';
  return row.was_admin ? 'last_admin' : 'not_admin';
}
