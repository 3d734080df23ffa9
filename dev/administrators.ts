import { ADMINISTRATORS_LOCK } from '../src/auth/last-administrator.ts';
import { ADMIN_SCOPES } from '../src/auth/scopes.ts';
import type { Sql } from './database/connect.ts';

/** Of the service's (src/auth/last-administrator.ts): who makes or takes an administrator away waits for the other. */
const lock = (sql: Sql) => sql`select pg_advisory_xact_lock(${ADMINISTRATORS_LOCK}::bigint)::text as locked`;

/**
 * The row of the audit log, in the statement that does it; `target` is the account before, `changed` its id if it was. Nobody
 * who has an account did it.
 */
const audit = (sql: Sql, action: 'user.promote' | 'user.demote') => sql`
  insert into admin_audit_logs (action, target_type, target_id, before, after, request_id)
  select ${action}, 'user', target.id::text,
    jsonb_build_object('is_active', target.is_active, 'is_verified', target.is_verified, 'is_admin', target.is_admin),
    jsonb_build_object('is_active', target.is_active, 'is_verified', target.is_verified, 'is_admin', not target.is_admin),
    'command line'
  from target join changed on changed.id = target.id`;

export type Grant = 'granted' | 'not_effective' | 'unknown';

/**
 * Makes the user with this address an administrator. `not_effective`: it is one, and can do nothing as such before its
 * address is verified and the account active.
 */
export async function grantAdministrator(sql: Sql, email: string): Promise<Grant> {
  const [, rows] = await sql.transaction([
    lock(sql),
    sql`
      with target as (
        select id, is_admin, is_active, is_verified from users where email = lower(${email}) for no key update
      ), changed as (
        update users set is_admin = true from target where users.id = target.id and not target.is_admin returning users.id
      ), audited as (${audit(sql, 'user.promote')})
      select is_active and is_verified as effective from target`,
  ]);
  const row = rows?.[0];
  if (!row) return 'unknown';
  return row.effective ? 'granted' : 'not_effective';
}

export type Revocation = 'revoked' | 'unknown' | 'not_admin' | 'last_admin';

/** Takes an administrator's rights away, but never the last one's who is active and verified. */
export async function revokeAdministrator(sql: Sql, email: string): Promise<Revocation> {
  const [, rows] = await sql.transaction([
    lock(sql),
    sql`
      with target as (
        select id, is_admin, is_active, is_verified from users where email = lower(${email}) for no key update
      ), changed as (
        update users set is_admin = false from target
        where users.id = target.id and target.is_admin
          and (not (target.is_active and target.is_verified) or exists (
            select from users as other
            where other.is_admin and other.is_active and other.is_verified and other.id <> target.id))
        returning users.id
      ), audited as (${audit(sql, 'user.demote')})
      select exists (select from changed) as revoked,
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
