import type { Administrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import type { PlanId } from '../ids.ts';
import { lockPlan, pricedPlan } from './plan-store.ts';
import { FREE_PLAN_CODE } from './plan-terms.ts';
import { removePlan } from './plan-write-store.ts';
import type { PlanDeps } from './ports.ts';

/**
 * Takes a plan off sale. Who has it keeps it, at the price they pay. Two round trips.
 *
 * @throws {AppError} `plan_not_found`, `plan_already_deleted`, `plan_protected` for the free plan,
 *   and those of `authorize`
 */
export async function deletePlan(deps: PlanDeps, admin: Administrator, planId: PlanId): Promise<void> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [pricedPlan(planId, null)]);
  const plan = results[0][0]?.plan;
  if (!plan) throw new AppError('plan_not_found');
  if (plan.code === FREE_PLAN_CODE) throw new AppError('plan_protected');
  try {
    const [, [removed]] = await deps.db.batch([lockPlan(planId), removePlan(plan, admin)]);
    if (!removed?.allowed) throw new AppError('admin_required');
    if (!removed.plan) throw new AppError('plan_already_deleted');
    for (const task of removed.tasks) deps.announceBilling({ billing_task_id: task });
  } finally {
    deps.planCache.forget();
  }
}
