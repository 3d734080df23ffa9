import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { MANUAL } from '../billing/manual-store.ts';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { Metric } from './metrics.ts';
import { inForceCte } from './period-store.ts';
import type { UsageDeps } from './ports.ts';
import { limitOf } from './store.ts';

/**
 * Lets the reports of one account pass one after the other, each seeing what the last one wrote: the counter of a
 * period has no row yet that could be locked, and which period it is may change while somebody waits. Held until the
 * batch ends, and by nothing but reports: a login or a change of plan does not wait. The account's row is locked
 * against its deletion first, which would otherwise wait for the counter while we wait for the account.
 */
export const lockUsage = (owner: SQL) =>
  statement(
    done,
    sql`WITH owner AS MATERIALIZED (SELECT id FROM users WHERE users.id = ${owner} FOR KEY SHARE)
        SELECT 1 AS done FROM owner, pg_advisory_xact_lock(hashtextextended('usage:' || owner.id::text, 0)) AS held`,
  );

export type Report = {
  readonly metric: Metric;
  readonly quantity: number;
  readonly idempotencyKey: string;
};

/**
 * Counts a report, or says why not; to be run after {@link lockUsage} in one batch. No row: the owner has lost the
 * right. What was reported before under the same key is answered as it was then and not counted again.
 */
export const recordReport = (
  owner: SQL,
  { metric, quantity, idempotencyKey }: Report,
  settings: UsageDeps['settings'],
) =>
  statement(
    z.object({
      outcome: z.enum(['recorded', 'repeated', 'idempotency_conflict', 'limit_exceeded']),
      used: z.coerce.number(),
      limit: z.number(),
    }),
    sql`WITH ${inForceCte(owner, settings)},
        standing AS (
          SELECT in_force.*, ${limitOf(metric)} AS allowed, coalesce(counter.used, 0) AS used,
                 earlier.id IS NOT NULL AS was_reported, earlier.used_after, earlier.limit_then,
                 earlier.metric = ${metric.name} AND earlier.quantity = ${quantity}::int AS is_same
          FROM in_force
          LEFT JOIN usage_counters AS counter
            ON counter.user_id = in_force.user_id AND counter.metric = ${metric.name}
              AND counter.period_start = in_force.period_start
          LEFT JOIN usage_events AS earlier
            ON earlier.user_id = in_force.user_id AND earlier.idempotency_key = ${idempotencyKey}
        ),
        verdict AS (
          SELECT *, CASE
            WHEN was_reported AND is_same THEN 'repeated'
            WHEN was_reported THEN 'idempotency_conflict'
            WHEN allowed >= 0 AND used + ${quantity}::int > allowed THEN 'limit_exceeded'
            ELSE 'recorded' END AS outcome
          FROM standing
        ),
        counted AS (
          INSERT INTO usage_counters AS counter (user_id, metric, period_start, period_end, used)
          SELECT user_id, ${metric.name}, period_start, period_end, ${quantity}::int FROM verdict WHERE outcome = 'recorded'
          ON CONFLICT (user_id, metric, period_start)
            DO UPDATE SET used = counter.used + excluded.used, period_end = excluded.period_end
          RETURNING counter.used
        ),
        event AS (
          INSERT INTO usage_events (user_id, metric, quantity, idempotency_key, period_start, used_after, limit_then,
                                    meter_customer_id)
          SELECT user_id, ${metric.name}, ${quantity}::int, ${idempotencyKey}, period_start, counted.used, allowed,
                 CASE WHEN ${metric.meter !== undefined}::boolean AND provider <> ${MANUAL} THEN provider_customer_id END
          FROM verdict, counted
        )
        SELECT outcome, coalesce((SELECT used FROM counted), used_after, used) AS used,
               coalesce(limit_then, allowed) AS "limit"
        FROM verdict`,
  );
