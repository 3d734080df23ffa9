import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { tasksCte } from '../billing/task-store.ts';
import { statement } from '../db/client.ts';
import { id } from '../db/rows.ts';
import type { BillingTaskId } from '../ids.ts';
import type { Metric } from './metrics.ts';

/**
 * Adds up what nobody was told of yet, by customer, metric and period, and writes a task for each total. An event
 * belongs to one total and is marked in the statement that writes it, so it is charged for once: runs at the same
 * time share the work, and one that dies has done nothing.
 */
export const writeReports = (metrics: readonly Pick<Metric, 'name' | 'meter'>[], limit: number) =>
  statement(
    z.object({ id: id<BillingTaskId>() }),
    sql`WITH metered AS (
          SELECT * FROM jsonb_to_recordset(${JSON.stringify(metrics)}::jsonb) AS metered(name text, meter text)
          WHERE meter IS NOT NULL
        ),
        due AS MATERIALIZED (
          SELECT usage_events.*, metered.meter FROM usage_events JOIN metered ON metered.name = usage_events.metric
          WHERE usage_events.meter_customer_id IS NOT NULL AND usage_events.meter_report_id IS NULL
          ORDER BY usage_events.created_at LIMIT ${limit}
          FOR UPDATE OF usage_events SKIP LOCKED
        ),
        totals AS MATERIALIZED (
          SELECT gen_random_uuid() AS report_id, meter, meter_customer_id, metric, period_start,
                 sum(quantity) AS quantity, max(created_at) AS used_at
          FROM due GROUP BY meter, meter_customer_id, metric, period_start
        ),
        marked AS (
          UPDATE usage_events SET meter_report_id = totals.report_id
          FROM due JOIN totals USING (meter, meter_customer_id, metric, period_start)
          WHERE usage_events.id = due.id
        ),
        due_tasks AS (
          SELECT 'report_usage' AS kind, 'usage:' || report_id AS dedupe_key,
                 jsonb_build_object('meter', meter, 'customer_id', meter_customer_id, 'quantity', quantity,
                                    'used_at', used_at) AS payload
          FROM totals
        ),
        ${tasksCte()}
        SELECT id FROM tasks`,
  );
