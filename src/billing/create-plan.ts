import type { Administrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import { makePrice } from './catalog.ts';
import { planWithCode } from './plan-store.ts';
import type { PlanTerms } from './plan-terms.ts';
import { insertPlan } from './plan-write-store.ts';
import type { PlanDeps } from './ports.ts';
import type { Plan } from './store.ts';

/**
 * A new plan, with its product and price at the provider when it costs something. Two round trips. What an attempt
 * that fails has made at the provider is found again by the next.
 *
 * @throws {AppError} `plan_code_taken`, `billing_not_configured`, `billing_unavailable`, `validation_failed`,
 *   and those of `authorize`
 */
export async function createPlan(deps: PlanDeps, admin: Administrator, terms: PlanTerms): Promise<Plan> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [planWithCode(terms.code)]);
  if (results[0][0]) throw new AppError('plan_code_taken');
  const price = terms.priceCents > 0 ? await makePrice(deps, terms, null) : null;
  try {
    const [made] = await deps.db.query(insertPlan(terms, price, admin));
    if (!made?.allowed) throw new AppError('admin_required');
    if (!made.plan) throw new AppError('plan_code_taken');
    return made.plan;
  } finally {
    // Also when no answer came: it may be written all the same.
    deps.planCache.forget();
  }
}
