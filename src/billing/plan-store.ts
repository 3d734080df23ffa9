import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { PlanId } from '../ids.ts';
import { PLAN_COLUMNS, planRow } from './store.ts';

/** All that is sold, the cheapest first. */
export const activePlans = () =>
  statement(
    planRow,
    sql`SELECT ${PLAN_COLUMNS} FROM plans WHERE is_active ORDER BY price_cents, code COLLATE "C"`,
  );

/** A code is never given to a second plan, even when the first is deleted: the product at the provider goes by it. */
export const planWithCode = (code: string) =>
  statement(done, sql`SELECT 1 AS done FROM plans WHERE code = ${code}`);

const pricedPlanRow = z
  .object({ plan: planRow, price_id: z.string().nullable(), is_current: z.boolean() })
  .transform(({ plan, price_id, is_current }) => ({
    plan,
    currentPriceId: is_current ? price_id : null,
    lastPriceId: price_id,
  }));

/** A plan, sold or not, with the price that it has at a provider now, and the one it had last. */
export type PricedPlan = z.output<typeof pricedPlanRow>;

/** @param provider null where none is configured */
export const pricedPlan = (planId: PlanId, provider: string | null) =>
  statement(
    pricedPlanRow,
    sql`SELECT to_jsonb(plans) AS plan, price.provider_price_id AS price_id, price.archived_at IS NULL AS is_current
        FROM plans LEFT JOIN LATERAL (
          SELECT provider_price_id, archived_at FROM plan_prices
          WHERE plan_id = plans.id AND provider = ${provider}::text
          ORDER BY archived_at DESC NULLS FIRST LIMIT 1
        ) AS price ON true
        WHERE plans.id = ${planId}`,
  );

/**
 * Makes whoever changes a plan or gives it a price wait for whoever is at it. In a batch before the statement that
 * does: that one then sees what the other has written.
 */
export const lockPlan = (planId: PlanId) =>
  statement(done, sql`SELECT 1 AS done FROM plans WHERE id = ${planId} FOR NO KEY UPDATE`);
