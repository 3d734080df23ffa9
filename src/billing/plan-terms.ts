import { AppError } from '../errors.ts';
import type { Price } from './ports.ts';
import type { Plan } from './store.ts';

/** The plan of everybody who has no subscription. */
export const FREE_PLAN_CODE = 'free';

/** What an administrator decides of a plan. */
export type PlanTerms = Omit<Plan, 'id' | 'isActive'>;

/** `undefined` leaves a field as it is. */
export type PlanChange = {
  readonly [Field in Exclude<keyof PlanTerms, 'limits'>]?: PlanTerms[Field] | undefined;
} & {
  readonly limits?:
    | { readonly [Limit in keyof Plan['limits']]?: Plan['limits'][Limit] | undefined }
    | undefined;
};

/**
 * A plan as a change would leave it.
 *
 * @throws {AppError} `validation_failed` for another code, which is what others know the plan by, and for what would
 *   make the free plan something that has to be bought
 */
export function changedPlan(plan: Plan, change: PlanChange): Plan {
  const errors: Record<string, string> = {};
  if (change.code !== undefined && change.code !== plan.code) errors.code = 'Can not be changed.';
  if (plan.code === FREE_PLAN_CODE) {
    if (change.priceCents) errors.price_cents = 'Must be 0: this plan is what everybody has.';
    if (change.tier && change.tier !== 'free') errors.tier = 'Must be free: this plan is what everybody has.';
  }
  if (Object.keys(errors).length > 0) throw new AppError('validation_failed', { errors });
  return {
    ...plan,
    name: change.name ?? plan.name,
    priceCents: change.priceCents ?? plan.priceCents,
    currency: change.currency ?? plan.currency,
    billingPeriod: change.billingPeriod ?? plan.billingPeriod,
    tier: change.tier ?? plan.tier,
    trialDays: change.trialDays ?? plan.trialDays,
    limits: {
      maxItems: change.limits?.maxItems ?? plan.limits.maxItems,
      maxSecondary: change.limits?.maxSecondary ?? plan.limits.maxSecondary,
      apiAccess: change.limits?.apiAccess ?? plan.limits.apiAccess,
    },
  };
}

export const samePrice = (one: Price, other: Price): boolean =>
  one.priceCents === other.priceCents &&
  one.currency === other.currency &&
  one.billingPeriod === other.billingPeriod;

export const samePlan = (one: Plan, other: Plan): boolean =>
  samePrice(one, other) &&
  one.name === other.name &&
  one.tier === other.tier &&
  one.trialDays === other.trialDays &&
  one.limits.maxItems === other.limits.maxItems &&
  one.limits.maxSecondary === other.limits.maxSecondary &&
  one.limits.apiAccess === other.limits.apiAccess;
