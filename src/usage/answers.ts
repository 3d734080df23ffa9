import { toUsageResponse } from '../billing/answers.ts';
import type * as contract from './contract.ts';
import type { Entitlements } from './read-usage.ts';

/** What an account may do, as the wire has it. */
export const toEntitlementsResponse = ({ plan, usage, features }: Entitlements): contract.Entitlements => ({
  tier: plan.tier,
  limits: {
    max_items: plan.limits.maxItems,
    max_secondary: plan.limits.maxSecondary,
    api_access: plan.limits.apiAccess,
  },
  usage: usage.map(toUsageResponse),
  features: [...features],
});
