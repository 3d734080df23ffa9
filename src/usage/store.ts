import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { TIERS } from '../billing/access.ts';
import type { UsageOfMetric } from '../billing/ports.ts';
import { type Statement, statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import type { PlanInForce } from './features.ts';
import type { Metric } from './metrics.ts';
import { inForceCte } from './period-store.ts';
import type { UsageDeps } from './ports.ts';

/** What an account may use at this moment, and has used of it in the period that runs. */
export type Standing = {
  readonly plan: PlanInForce;
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly usage: readonly UsageOfMetric[];
};

const standingRow = z
  .object({
    tier: z.enum(TIERS),
    max_items: z.number(),
    max_secondary: z.number(),
    api_access: z.boolean(),
    period_start: instant,
    period_end: instant,
    usage: z.array(z.object({ metric: z.string(), used: z.number(), limit: z.number() })),
  })
  .transform((row): Standing => {
    const period = { periodStart: row.period_start, periodEnd: row.period_end };
    return {
      plan: {
        tier: row.tier,
        limits: { maxItems: row.max_items, maxSecondary: row.max_secondary, apiAccess: row.api_access },
      },
      ...period,
      usage: row.usage.map((one) => ({ ...one, remaining: remainingOf(one), ...period })),
    };
  });

/** What is left; null where there is no limit. Nothing is left where a smaller plan began with more used than it allows. */
export const remainingOf = ({ used, limit }: { used: number; limit: number }): number | null =>
  limit < 0 ? null : Math.max(0, limit - used);

/** No row: there is no such account, or its caller may not. */
export const readStanding = (
  owner: SQL,
  { metrics, settings }: Pick<UsageDeps, 'metrics' | 'settings'>,
): Statement<typeof standingRow> =>
  statement(
    standingRow,
    sql`WITH ${inForceCte(owner, settings)}
        SELECT tier, max_items, max_secondary, api_access, period_start, period_end,
               jsonb_build_array(${sql.join(metrics.map(rowOf), sql`, `)}) AS usage
        FROM in_force`,
  );

const rowOf = (metric: Metric): SQL => sql`
  jsonb_build_object('metric', ${metric.name}::text, 'used', ${usedOf(metric)}, 'limit', ${limitOf(metric)})`;

function usedOf(metric: Metric): SQL {
  const period = { start: sql`in_force.period_start`, end: sql`in_force.period_end` };
  return metric.usageOf
    ? sql`coalesce((${metric.usageOf(sql`in_force.user_id`, period)})::bigint, 0)`
    : sql`coalesce((SELECT counter.used FROM usage_counters AS counter
                    WHERE counter.user_id = in_force.user_id AND counter.metric = ${metric.name}
                      AND counter.period_start = in_force.period_start), 0)`;
}

/** The limit of a metric under the plan of the row `in_force`. */
export const limitOf = ({ limit }: Metric): SQL =>
  typeof limit === 'string'
    ? sql`in_force.${sql.identifier(limit)}`
    : sql`CASE in_force.tier WHEN 'enterprise' THEN ${limit.enterprise}::int
                             WHEN 'pro' THEN ${limit.pro}::int ELSE ${limit.free}::int END`;
