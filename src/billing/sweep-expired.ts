import { sql } from 'drizzle-orm';
import { type Batch, deleteBatch } from '../db/delete-batch.ts';

/** What billing leaves behind once nobody asks for it any more. Payments and subscriptions stay. */
export const EXPIRED_BILLING: Readonly<Record<string, Batch>> = {
  // Stripe repeats an event for three days and lists it for thirty.
  stripe_events: deleteBatch(
    'stripe_events',
    sql`stripe_events.status IN ('done', 'orphan') AND stripe_events.created_at < now() - interval '90 days'`,
  ),
  checkout_intents: deleteBatch(
    'checkout_intents',
    sql`checkout_intents.status <> 'completed' AND checkout_intents.expires_at < now() - interval '30 days'`,
  ),
  billing_tasks: deleteBatch(
    'billing_tasks',
    sql`billing_tasks.status = 'done' AND billing_tasks.created_at < now() - interval '90 days'`,
  ),
};
