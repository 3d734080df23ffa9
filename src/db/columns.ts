import { timestamp, uuid } from 'drizzle-orm/pg-core';

/** A point in time; stored with its zone, read as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** The columns that every table has. `updated_at` is kept by a trigger, because most writes here are plain SQL. */
export const base = {
  id: uuid('id').primaryKey().defaultRandom(),
  createdAt: instant('created_at').notNull().defaultNow(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
};
