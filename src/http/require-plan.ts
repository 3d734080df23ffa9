import { createMiddleware } from 'hono/factory';
import type { Policy } from '../auth/authorize.ts';
import type { User } from '../auth/store.ts';
import type { Tier } from '../billing/access.ts';
import { authorizePlan, type Entitlement } from '../billing/require-plan.ts';
import { callerOf } from './api-key.ts';
import { refuseTwoCredentials, requireClaims } from './bearer.ts';
import type { AppEnv } from './router.ts';

/** What a route behind {@link requirePlan} finds on its context. */
export type EntitledEnv = { Variables: AppEnv['Variables'] & { user: User; entitlement: Entitlement } };

/**
 * Lets a request through whose account has a subscription of the tier or of a higher one, and leaves `user` and
 * `entitlement` on the context, so that the handler has nothing to ask again. One round trip. For routes of a service
 * made by `createService`, which reads the token and answers failures. An API key does where the policy names a scope.
 */
export const requirePlan = (tier: Tier, policy: Policy = {}) =>
  createMiddleware<EntitledEnv>(async (c, next) => {
    refuseTwoCredentials(c);
    const caller = policy.scope ? callerOf(c) : { claims: requireClaims(c) };
    const { user, tier: has, subscription } = await authorizePlan(c.var.deps, caller, tier, policy);
    c.set('user', user);
    c.set('entitlement', { tier: has, subscription });
    await next();
  });
