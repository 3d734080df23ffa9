import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import type { BillingDeps } from './ports.ts';
import type { Plan } from './store.ts';

export async function ensureCurrentPrice(
  deps: BillingDeps,
  plan: Plan,
  known: string | null,
): Promise<string> {
  if (known) return known;
  if (!deps.seller) throw new AppError('billing_not_configured');
  const made = await deps.seller.sales.ensurePrice(plan, null);
  const [, [row]] = await deps.db.batch([
    statement(
      z.object({}),
      sql`INSERT INTO plan_prices (plan_id, provider, provider_price_id, price_cents, currency, billing_period)
          VALUES (${plan.id}, ${deps.seller.name}, ${made}, ${plan.priceCents}, ${plan.currency}, ${plan.billingPeriod})
          ON CONFLICT DO NOTHING`,
    ),
    statement(
      z.object({ id: z.string() }),
      sql`SELECT provider_price_id AS id FROM plan_prices
          WHERE plan_id = ${plan.id} AND provider = ${deps.seller.name} AND archived_at IS NULL`,
    ),
  ]);
  return row?.id ?? made;
}
