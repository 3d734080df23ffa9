import type { Administrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import type { PlanId } from '../ids.ts';
import { makePrice } from './catalog.ts';
import { lockPlan, type PricedPlan, pricedPlan } from './plan-store.ts';
import { changedPlan, type PlanChange, samePlan, samePrice } from './plan-terms.ts';
import { savePlan } from './plan-write-store.ts';
import type { PlanDeps } from './ports.ts';
import type { Plan } from './store.ts';

/** How often somebody else may change the price of the same plan meanwhile. */
const ATTEMPTS = 4;

/**
 * Changes the named fields of a plan, and no other whatever else changes meanwhile. What it costs is a new price at the
 * provider; who pays the old one goes on paying that. Two round trips; one when nothing changes.
 *
 * @throws {AppError} `plan_not_found`, `plan_already_deleted`, `validation_failed`, `plan_changed`,
 *   `billing_not_configured`, `billing_unavailable`, and those of `authorize`
 */
export async function updatePlan(
  deps: PlanDeps,
  admin: Administrator,
  planId: PlanId,
  change: PlanChange,
): Promise<Plan> {
  const provider = deps.seller?.name ?? null;
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [
    pricedPlan(planId, provider),
  ]);
  let found = results[0][0];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const standing = requireSold(found);
    const wanted = changedPlan(standing.plan, change);
    if (samePlan(wanted, standing.plan)) return standing.plan;
    const price = await priceOf(deps, standing, wanted);
    try {
      const [, [saved], [now]] = await deps.db.batch([
        lockPlan(planId),
        savePlan(standing, change, provider, price, admin),
        pricedPlan(planId, provider),
      ]);
      if (!saved?.allowed) throw new AppError('admin_required');
      if (saved.plan) {
        for (const task of saved.tasks) deps.announceBilling({ billing_task_id: task });
        return saved.plan;
      }
      found = now;
    } finally {
      // Also when no answer came: it may be written all the same.
      deps.planCache.forget();
    }
  }
  throw new AppError('plan_changed');
}

function requireSold(found: PricedPlan | undefined): PricedPlan {
  if (!found) throw new AppError('plan_not_found');
  if (!found.plan.isActive) throw new AppError('plan_already_deleted');
  return found;
}

/** What is to be sold from now on. */
async function priceOf(deps: PlanDeps, { plan, lastPriceId }: PricedPlan, wanted: Plan) {
  if (samePrice(wanted, plan)) return 'as it is';
  return wanted.priceCents > 0 ? makePrice(deps, wanted, lastPriceId) : null;
}
