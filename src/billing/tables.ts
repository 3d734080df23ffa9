import { sql } from 'drizzle-orm';
import { boolean, check, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { base } from '../db/columns.ts';

export const plans = pgTable(
  'plans',
  {
    ...base,
    name: text('name').notNull(),
    code: text('code').notNull(),
    priceCents: integer('price_cents').notNull(),
    currency: text('currency').notNull(),
    billingPeriod: text('billing_period', { enum: ['monthly', 'yearly'] }).notNull(),
    tier: text('tier', { enum: ['free', 'pro', 'enterprise'] }).notNull(),
    isActive: boolean('is_active').notNull().default(true),
    trialDays: integer('trial_days').notNull().default(0),
    /** −1 is unlimited, here and below. */
    maxItems: integer('max_items').notNull(),
    maxSecondary: integer('max_secondary').notNull(),
    apiAccess: boolean('api_access').notNull().default(true),
  },
  (t) => [
    uniqueIndex('plans_code_key').on(t.code),
    check('plans_price_not_negative', sql`${t.priceCents} >= 0`),
    check('plans_currency_iso', sql`${t.currency} ~ '^[A-Z]{3}$'`),
  ],
);
