import { AppError } from '../errors.ts';
import { lockPlan, pricedPlan } from './plan-store.ts';
import { insertFirstPrice, type MadePrice } from './plan-write-store.ts';
import type { BillingDeps, Price } from './ports.ts';
import type { Plan } from './store.ts';

/** How often a plan may change under the feet of somebody who is giving it a price. */
const ATTEMPTS = 3;

/**
 * The price of a plan at the provider. A plan that came with the database has none until it is first sold: then it is
 * made, once however many ask for it. No round trip when it is known.
 *
 * @param known the id of its current price, as the caller read it
 * @throws {AppError} `plan_not_found` when it is not for sale any more, `billing_not_configured`, `billing_unavailable`
 */
export async function ensureCurrentPrice(
  deps: Pick<BillingDeps, 'db' | 'seller' | 'announceBilling'>,
  plan: Plan,
  known: string | null,
): Promise<string> {
  if (known) return known;
  let asked = plan;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const price = await makePrice(deps, asked, null);
    const [, [written], [now]] = await deps.db.batch([
      lockPlan(plan.id),
      insertFirstPrice(asked, price),
      pricedPlan(plan.id, price.provider),
    ]);
    for (const task of written?.tasks ?? []) deps.announceBilling({ billing_task_id: task });
    if (!now?.plan.isActive || now.plan.priceCents === 0) throw new AppError('plan_not_found');
    if (now.currentPriceId) return now.currentPriceId;
    asked = now.plan;
  }
  throw new AppError('billing_unavailable');
}

/**
 * Makes a price at the provider, or finds what an earlier attempt has made. One that is not written down after all
 * stays there and is sold to nobody: to archive it would be to risk that somebody else has found it meanwhile.
 *
 * @param replaces the price that the plan had last
 * @throws {AppError} `billing_not_configured`, `billing_unavailable`, `validation_failed` for a price that the provider
 *   can't take
 */
export async function makePrice(
  { seller }: Pick<BillingDeps, 'seller'>,
  plan: { readonly code: string; readonly name: string } & Price,
  replaces: string | null,
): Promise<MadePrice> {
  if (!seller) throw new AppError('billing_not_configured');
  const { code, name, priceCents, currency, billingPeriod } = plan;
  const price = { priceCents, currency, billingPeriod };
  return {
    ...price,
    provider: seller.name,
    id: await seller.sales.ensurePrice({ code, name, ...price }, replaces),
  };
}
