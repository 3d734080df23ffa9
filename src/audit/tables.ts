import { sql } from 'drizzle-orm';
import { index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { base } from '../db/columns.ts';

/**
 * What was done, each act a row in the same transaction. No foreign keys: a row outlives whom it names. Triggers refuse
 * to change or delete one, but for `delete_expired_audit_logs` (keep_audit_logs.sql).
 */
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
    /** Of what strangers can repeat without end, such as unsigned webhooks: what there is one row of. */
    dedupeKey: text('dedupe_key'),
  },
  // Every login pays for these: a row is in those that find it and in no other.
  (t) => [
    index('admin_audit_logs_created_at_idx').on(t.createdAt),
    index('admin_audit_logs_action_idx').on(t.action.op('text_pattern_ops'), t.createdAt),
    // Logins and what is done to users are most of it, and found by the time.
    index('admin_audit_logs_target_type_idx')
      .on(t.targetType, t.createdAt)
      .where(sql`${t.targetType} <> 'session' AND ${t.targetType} <> 'user'`),
    index('admin_audit_logs_target_id_idx').on(t.targetId),
    index('admin_audit_logs_user_id_idx').on(t.userId).where(sql`${t.userId} IS NOT NULL`),
    index('admin_audit_logs_admin_id_idx').on(t.adminId, t.createdAt).where(sql`${t.adminId} IS NOT NULL`),
    index('admin_audit_logs_subject_idx')
      .on(sql`(coalesce(${t.after} ->> 'user_id', ${t.before} ->> 'user_id'))`)
      .where(sql`${t.adminId} IS NOT NULL`),
    uniqueIndex('admin_audit_logs_dedupe_key_key').on(t.dedupeKey).where(sql`${t.dedupeKey} IS NOT NULL`),
  ],
);
