import { AppError } from '../errors.ts';
import type { PlanId } from '../ids.ts';
import { activePlans } from './plan-store.ts';
import type { PlanDeps } from './ports.ts';
import type { Plan } from './store.ts';

/** What is sold, the cheapest first. No round trip while the copy of this isolate is fresh, else one. */
export const listPlans = ({ db, planCache }: Pick<PlanDeps, 'db' | 'planCache'>): Promise<readonly Plan[]> =>
  planCache.read(() => db.query(activePlans()));

/**
 * One of them, likewise.
 *
 * @throws {AppError} `plan_not_found`, also for one that is sold no more
 */
export async function findPlan(deps: Pick<PlanDeps, 'db' | 'planCache'>, planId: PlanId): Promise<Plan> {
  const plan = (await listPlans(deps)).find(({ id }) => id === planId);
  if (!plan) throw new AppError('plan_not_found');
  return plan;
}
