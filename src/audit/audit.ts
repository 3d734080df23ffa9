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

/** What was done: `plan.create`, `subscription.grant` and the like. */
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
