import { sql } from 'drizzle-orm';
import { type Batch, deleteBatch } from '../db/delete-batch.ts';

/**
 * What is not asked for any more: over a year old, so that what a yearly invoice is about can be looked up, and not
 * waiting to be charged for.
 */
export const EXPIRED_USAGE: Readonly<Record<string, Batch>> = {
  usage_events: deleteBatch(
    'usage_events',
    sql`usage_events.created_at < now() - interval '400 days'
        AND (usage_events.meter_customer_id IS NULL OR usage_events.meter_report_id IS NOT NULL)`,
  ),
  usage_counters: deleteBatch('usage_counters', sql`usage_counters.period_end < now() - interval '400 days'`),
};
