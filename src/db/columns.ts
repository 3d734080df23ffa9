import { timestamp, uuid } from 'drizzle-orm/pg-core';

/** A point in time; stored with its zone, read as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/**
 * The columns of every table that is a list of things. `updated_at` is kept by a trigger that each such table has,
 * because most writes here are plain SQL.
 */
export const base = {
  id: uuid('id').primaryKey().defaultRandom(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
};
