import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { BATCH_ROWS, type Batch } from '../db/delete-batch.ts';
import { instant } from '../db/rows.ts';

/** Days that the dashboard looks back on, today among them. */
export const DAYS = 30;

const TODAY = sql`(now() AT TIME ZONE 'UTC')::date`;

/** All that is tallied. */
const TALLY = sql`(
  SELECT topic, day, key, entries, cents FROM tallies
  UNION ALL SELECT topic, day, key, entries, cents FROM tally_entries) AS tally`;

const number = z.coerce.number();

/** Everything of a kind: until today, and of that the last days. */
export const totals = () =>
  statement(
    z.object({
      topic: z.string(),
      key: z.string(),
      entries: number,
      recent: number,
      cents: number,
      recent_cents: number,
    }),
    sql`SELECT topic, key, sum(entries) AS entries, sum(cents) AS cents,
               coalesce(sum(entries) FILTER (WHERE day > ${TODAY} - ${DAYS}::int), 0) AS recent,
               coalesce(sum(cents) FILTER (WHERE day > ${TODAY} - ${DAYS}::int), 0) AS recent_cents
        FROM ${TALLY} WHERE day <= ${TODAY} GROUP BY topic, key`,
  );

/** The last days one by one; `ago` is 0 today. */
export const daily = () =>
  statement(
    z.object({ topic: z.string(), kind: z.string(), ago: z.number(), entries: number, cents: number }),
    sql`SELECT topic, kind, ${TODAY} - day AS ago, sum(entries) AS entries, sum(cents) AS cents
        FROM ${TALLY},
          LATERAL (SELECT CASE topic WHEN 'payments' THEN key WHEN 'users' THEN '' ELSE split_part(key, ':', 1) END AS kind) AS named
        WHERE day > ${TODAY} - ${DAYS}::int AND day <= ${TODAY} AND topic <> 'subscriptions_canceled'
        GROUP BY topic, kind, day`,
  );

/** Subscriptions whose end is known to come later today: the tally counts by the day and has them as ended. */
export const endingToday = () =>
  statement(
    z.object({ status: z.string(), plan_id: z.string().nullable(), count: z.number() }),
    sql`SELECT status, plan_id, count(*)::int AS count FROM subscriptions
        WHERE (cancel_at_period_end OR provider = 'manual') AND suspended_at IS NULL
          AND status IN ('trialing', 'active', 'past_due')
          AND current_period_end > now() AND current_period_end < (${TODAY} + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY status, plan_id`,
  );

/** What is few or has an index of its own. */
export const standing = () =>
  statement(
    z.object({
      generated_at: instant,
      today: z.string(),
      dead_mails: z.number(),
      dead_events: z.number(),
      orphan_events: z.number(),
      open_alerts: z.number(),
      plans: z.array(z.object({ id: z.string(), code: z.string(), name: z.string() })),
    }),
    sql`SELECT now() AS generated_at, to_char(${TODAY}, 'YYYY-MM-DD') AS today,
               (SELECT count(*)::int FROM outbox WHERE status = 'dead') AS dead_mails,
               (SELECT count(*)::int FROM stripe_events WHERE status = 'dead') AS dead_events,
               (SELECT count(*)::int FROM stripe_events WHERE status = 'orphan') AS orphan_events,
               (SELECT count(*)::int FROM billing_alerts WHERE resolved_at IS NULL) AS open_alerts,
               (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'code', code, 'name', name) ORDER BY price_cents, code), '[]')
                FROM plans) AS plans`,
  );

/**
 * Folds a bounded number of entries into the sums, and answers how many. Entries that another run is at are left to it,
 * and the sums are taken in one order, so that any number of runs at once is safe and none waits for long.
 */
export const foldEntries = (): Batch =>
  statement(
    z.object({ deleted: z.number() }),
    sql`WITH taken AS MATERIALIZED (
          SELECT ctid FROM tally_entries LIMIT ${BATCH_ROWS}::int FOR UPDATE SKIP LOCKED
        ),
        gone AS (
          DELETE FROM tally_entries WHERE ctid = ANY (ARRAY (SELECT ctid FROM taken))
          RETURNING topic, day, key, entries, cents
        ),
        folded AS (
          INSERT INTO tallies AS held (topic, day, key, entries, cents)
          SELECT topic, day, key, sum(entries), sum(cents) FROM gone
          GROUP BY topic, day, key ORDER BY topic, day, key
          ON CONFLICT (topic, day, key) DO UPDATE
            SET entries = held.entries + excluded.entries, cents = held.cents + excluded.cents
        )
        SELECT count(*)::int AS deleted FROM gone`,
  );
