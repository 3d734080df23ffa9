import { index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { base } from '../db/columns.ts';

/** What was done, each act a row in the same transaction. No foreign keys: a row outlives whom it names. */
export const adminAuditLogs = pgTable(
  'admin_audit_logs',
  {
    ...base,
    /** Who did it as an administrator. */
    adminId: uuid('admin_id'),
    /** Who did it for itself; null, too, for whoever was not known. */
    userId: uuid('user_id'),
    /** `plan.create`, `subscription.grant` and the like. */
    action: text('action').notNull(),
    targetType: text('target_type').notNull(),
    targetId: text('target_id').notNull(),
    /** The target as it was and as it became; null where there was or is none. */
    before: jsonb('before'),
    after: jsonb('after'),
    requestId: text('request_id'),
    ip: text('ip'),
    userAgent: text('user_agent'),
  },
  (t) => [
    index('admin_audit_logs_created_at_idx').on(t.createdAt),
    index('admin_audit_logs_target_idx').on(t.targetType, t.targetId),
    index('admin_audit_logs_admin_id_idx').on(t.adminId),
    index('admin_audit_logs_user_id_idx').on(t.userId),
  ],
);
