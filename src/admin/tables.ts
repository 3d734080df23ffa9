import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { users } from '../auth/tables.ts';
import { instant } from '../db/columns.ts';

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
