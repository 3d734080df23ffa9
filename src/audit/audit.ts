import { type SQL, sql } from 'drizzle-orm';
import type { UserId } from '../ids.ts';

/** Who did it, in which request; an expression where the statement itself finds that out. */
export type Actor = { readonly adminId: UserId | SQL; readonly requestId: string };

/** What was done: `plan.create`, `subscription.grant` and the like. */
export type AuditEntry = { readonly action: `${string}.${string}`; readonly targetType: string };

/**
 * `audit`: a row of the audit log for each row of a CTE `audited(target_id, before, after)`, which has to stand
 * before it in the same statement: so that an act and its row are there both or neither. `before` and `after` are
 * jsonb, null where there was or is nothing.
 */
export function auditCte({ adminId, requestId }: Actor, { action, targetType }: AuditEntry): SQL {
  return sql`
    audit AS (
      INSERT INTO admin_audit_logs (admin_id, action, target_type, target_id, before, after, request_id)
      SELECT ${adminId}::uuid, ${action}, ${targetType}, audited.target_id::text, audited.before, audited.after, ${requestId}
      FROM audited
    )`;
}
