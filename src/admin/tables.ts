import { bigint, date, index, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { users } from '../auth/tables.ts';
import { instant } from '../db/columns.ts';

// What lists and the dashboard count without reading everything: users, payments and subscriptions by day and by what
// they are. Triggers on these tables write the entries (migrations/*_tally.sql), so that a count is as true as its rows.

const columns = {
  /** `users`, `payments`, `subscriptions`, `subscriptions_ended`, `subscriptions_canceled`. */
  topic: text('topic').notNull(),
  /** In UTC: of a sign-up, a payment, a start, an end. An end may be a day to come. */
  day: date('day').notNull(),
  /** What they are, by topic: `110:local`, `succeeded:USD`, `active:stripe:<plan id>`. */
  key: text('key').notNull(),
  entries: bigint('entries', { mode: 'number' }).notNull(),
  /** Of payments: what was kept of them. */
  cents: bigint('cents', { mode: 'number' }).notNull().default(0),
};

/** A row for each change. Only added to, so that no registration waits for another one's counter. */
export const tallyEntries = pgTable('tally_entries', columns, (t) => [
  index('tally_entries_topic_day_idx').on(t.topic, t.day),
]);

/** The sums, into which the cron folds the entries. A count is what stands in both. */
export const tallies = pgTable('tallies', columns, (t) => [primaryKey({ columns: [t.topic, t.day, t.key] })]);

/** Exports that can be fetched: what to ask, not what was answered. The query runs again at each fetch. */
export const adminExports = pgTable(
  'admin_exports',
  {
    /** Random, 122 bits; it opens nothing to anybody but the administrator who made it. */
    id: uuid('id').primaryKey().defaultRandom(),
    createdAt: instant('created_at').notNull().defaultNow(),
    adminId: uuid('admin_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    sql: text('sql').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    index('admin_exports_admin_id_idx').on(t.adminId),
    index('admin_exports_expires_at_idx').on(t.expiresAt),
  ],
);
