import { sql } from 'drizzle-orm';
import { bigint, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { users } from '../auth/tables.ts';
import { base, instant } from '../db/columns.ts';

/** What was used, one row a report. */
export const usageEvents = pgTable(
  'usage_events',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    metric: text('metric').notNull(),
    quantity: integer('quantity').notNull(),
    /** The reporter's name for it: the same again is known by it. */
    idempotencyKey: text('idempotency_key').notNull(),
    periodStart: instant('period_start').notNull(),
    /** What was answered, so that a repetition hears the same. A limit of −1 is unlimited. */
    usedAfter: bigint('used_after', { mode: 'number' }).notNull(),
    limitThen: integer('limit_then').notNull(),
    /** Where it is charged for: the customer whose meter it goes to. Null: nowhere. */
    meterCustomerId: text('meter_customer_id'),
    /** The total, of several, with which it was handed on to be charged for. */
    meterReportId: uuid('meter_report_id'),
  },
  (t) => [
    uniqueIndex('usage_events_idempotency_key_key').on(t.userId, t.idempotencyKey),
    index('usage_events_created_at_idx').on(t.createdAt),
    index('usage_events_unreported_idx')
      .on(t.createdAt)
      .where(sql`${t.meterCustomerId} IS NOT NULL AND ${t.meterReportId} IS NULL`),
  ],
);

/** The sum of the events of a period, so that asking whether there is room reads one row. */
export const usageCounters = pgTable(
  'usage_counters',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    metric: text('metric').notNull(),
    periodStart: instant('period_start').notNull(),
    /** As it was when something was last used in it; for the sweep alone. */
    periodEnd: instant('period_end').notNull(),
    used: bigint('used', { mode: 'number' }).notNull(),
  },
  (t) => [
    primaryKey({ name: 'usage_counters_pkey', columns: [t.userId, t.metric, t.periodStart] }),
    index('usage_counters_period_end_idx').on(t.periodEnd),
  ],
);
