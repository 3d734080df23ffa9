import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { AccountHolding } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import type { UserId } from '../ids.ts';

/** A point in time as the wire has it; an export goes out as it was read. */
const at = z.string().transform((value) => new Date(value).toISOString());
const text = z.string().nullable();

const subscriptions = (userId: UserId) =>
  statement(
    z.object({
      id: z.string(),
      plan_code: text,
      status: z.string(),
      provider: z.string(),
      provider_subscription_id: text,
      started_at: at,
      current_period_start: at.nullable(),
      current_period_end: at.nullable(),
      cancel_at_period_end: z.boolean(),
      canceled_at: at.nullable(),
      ended_at: at.nullable(),
      trial_end: at.nullable(),
    }),
    sql`SELECT s.id, plans.code AS plan_code, s.status, s.provider, s.provider_subscription_id, s.started_at,
               s.current_period_start, s.current_period_end, s.cancel_at_period_end, s.canceled_at, s.ended_at, s.trial_end
        FROM subscriptions AS s LEFT JOIN plans ON plans.id = s.plan_id
        WHERE s.user_id = ${userId} ORDER BY s.started_at`,
  );

const payments = (userId: UserId) =>
  statement(
    z.object({
      id: z.string(),
      subscription_id: text,
      provider: z.string(),
      provider_invoice_id: z.string(),
      amount_cents: z.number(),
      refunded_cents: z.number(),
      currency: z.string(),
      status: z.string(),
      created_at: at,
      paid_at: at.nullable(),
    }),
    sql`SELECT id, subscription_id, provider, provider_invoice_id, amount_cents, refunded_cents, currency, status,
               created_at, paid_at
        FROM payments WHERE user_id = ${userId} ORDER BY created_at`,
  );

const checkouts = (userId: UserId) =>
  statement(
    z.object({ plan_code: z.string(), status: z.string(), created_at: at, expires_at: at }),
    sql`SELECT plans.code AS plan_code, checkout.status, checkout.created_at, checkout.expires_at
        FROM checkout_intents AS checkout JOIN plans ON plans.id = checkout.plan_id
        WHERE checkout.user_id = ${userId} ORDER BY checkout.created_at`,
  );

const trials = (userId: UserId) =>
  statement(
    z.object({ created_at: at }),
    sql`SELECT created_at FROM trial_uses WHERE user_id = ${userId} ORDER BY created_at`,
  );

/** The names under which the providers know the account, also where it never bought anything. */
const customers = (userId: UserId) =>
  statement(
    z.object({ provider: z.string(), customer_id: z.string() }),
    sql`SELECT 'stripe' AS provider, stripe_customer_id AS customer_id
        FROM users WHERE id = ${userId} AND stripe_customer_id IS NOT NULL`,
  );

/** What billing holds about an account. */
export const BILLING_HOLDINGS: readonly AccountHolding[] = [
  { name: 'subscriptions', rows: subscriptions },
  { name: 'payments', rows: payments },
  { name: 'checkouts', rows: checkouts },
  { name: 'trials', rows: trials },
  { name: 'payment_customers', rows: customers },
];
