import { type SQL, sql } from 'drizzle-orm';
import type { UserId } from '../ids.ts';

/** In which request something was done, and where that came from. */
export type Origin = {
  readonly requestId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
};

/**
 * Who did it: an administrator as such, or an account for itself; an expression where the statement itself finds that
 * out, null for nobody known.
 */
export type Actor = Origin & ({ readonly adminId: UserId | SQL } | { readonly userId: UserId | SQL | null });

/**
 * What was done: `plan.create`, `subscription.grant` and the like. Where the target is something of an account's and not
 * the account itself, `before` or `after` names it as `user_id`: by that it is found among what was done to it.
 */
export type AuditEntry = { readonly action: `${string}.${string}`; readonly targetType: string };

/**
 * `audit`: a row of the audit log for each row of a CTE `audited(target_id, before, after)`, which has to stand
 * before it in the same statement: so that an act and its row are there both or neither. `before` and `after` are
 * jsonb, null where there was or is nothing.
 */
export function auditCte(actor: Actor, { action, targetType }: AuditEntry): SQL {
  const [adminId, userId] = 'adminId' in actor ? [actor.adminId, null] : [null, actor.userId];
  return sql`
    audit AS (
      INSERT INTO admin_audit_logs (admin_id, user_id, action, target_type, target_id, before, after, request_id, ip, user_agent)
      SELECT ${adminId}::uuid, ${userId}::uuid, ${action}, ${targetType}, audited.target_id::text,
             audited.before, audited.after, ${actor.requestId}, ${actor.ip}, ${actor.userAgent}
      FROM audited
    )`;
}

/** What accounts do, or what is done to them by whoever is not known; docs/security.md says when. */
export type SecurityEvent =
  | 'auth.registered'
  | 'auth.verified'
  | 'auth.login'
  | 'auth.login_failed'
  | 'auth.locked'
  | 'auth.logout'
  | 'auth.refresh_reused'
  | 'auth.password_changed'
  | 'auth.reset_requested'
  | 'auth.password_reset'
  | 'auth.email_changed'
  | 'auth.identity_linked'
  | 'account.deactivated'
  | 'account.deleted'
  | 'account.exported'
  | 'api_key.created'
  | 'api_key.revoked'
  | 'session.revoked'
  | 'webhook.refused';

type EventTarget = 'user' | 'session' | 'api_key' | 'address' | 'webhook';

/**
 * A CTE named like the event: a row of the audit log for each row of `rows`, a SELECT of `(user_id, target_id, before,
 * after)`. A `user_id` is whoever did it for itself; null where that is anybody's guess, as for a wrong password.
 */
export const eventCte = (event: SecurityEvent, target: EventTarget, origin: Origin, rows: SQL): SQL => sql`
    ${sql.identifier(event)} AS (
      INSERT INTO admin_audit_logs (action, target_type, user_id, target_id, before, after, request_id, ip, user_agent)
      SELECT ${event}, ${target}, event.user_id::uuid, event.target_id::text, event.before::jsonb, event.after::jsonb,
             ${origin.requestId}, ${origin.ip}, ${origin.userAgent}
      FROM (${rows}) AS event(user_id, target_id, before, after)
    )`;

/**
 * The INSERT of an event that strangers can make happen without end and that is about no account: the first of a
 * minute is written, of whomever, and the rest says nothing new. The last thing that its transaction does: another one
 * with the same event waits for it.
 *
 * @param rows a SELECT of `(target_id, after)`
 */
export const rareEvent = (event: SecurityEvent, target: EventTarget, origin: Origin, rows: SQL): SQL => sql`
      INSERT INTO admin_audit_logs (action, target_type, target_id, after, request_id, ip, user_agent, dedupe_key)
      SELECT ${event}, ${target}, event.target_id::text, event.after::jsonb,
             ${origin.requestId}, ${origin.ip}, ${origin.userAgent},
             ${`${event}:`}::text || floor(extract(epoch FROM now()) / 60)::bigint
      FROM (${rows}) AS event(target_id, after)
      ON CONFLICT (dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING`;

/**
 * Whether a row of the log is about an account: what it did, for itself or as an administrator, what was done to it,
 * and what administrators did to something of its own. Each of the four has its index.
 *
 * @param log the table, or what stands for it
 */
export const concernsAccount = (log: SQL, userId: string): SQL => sql`(
  ${log}.user_id = ${userId}::uuid OR ${log}.admin_id = ${userId}::uuid
  OR ${log}.target_type = 'user' AND ${log}.target_id = ${userId}::text
  OR ${log}.admin_id IS NOT NULL AND coalesce(${log}.after ->> 'user_id', ${log}.before ->> 'user_id') = ${userId}::text)`;

/** An address as the log keeps it: enough to recognise one's own, too little to write to. */
export const maskedAddress = (email: SQL): SQL =>
  sql`(left(${email}, 1) || '…' || substr(${email}, strpos(${email}, '@')))`;
