import type { Tier } from '../billing/access.ts';

/** The plan that an account has at this moment. */
export type PlanInForce = {
  readonly tier: Tier;
  readonly limits: { readonly maxItems: number; readonly maxSecondary: number; readonly apiAccess: boolean };
};

/** What a plan opens or does not, by name. A deployment that has more hands them to `buildDeps`. */
export type Features = Readonly<Record<string, (plan: PlanInForce) => boolean>>;

export const FEATURES: Features = {
  api_access: ({ limits }) => limits.apiAccess,
};

/** The names of those that a plan has. */
export const featuresOf = (plan: PlanInForce, features: Features): string[] =>
  Object.keys(features).filter((name) => features[name]?.(plan));
