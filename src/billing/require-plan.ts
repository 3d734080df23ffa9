import { authorizeCaller, type Policy } from '../auth/authorize.ts';
import type { AuthDeps, Caller } from '../auth/ports.ts';
import type { Scope } from '../auth/scopes.ts';
import type { User } from '../auth/store.ts';
import { AppError } from '../errors.ts';
import { TIERS, type Tier } from './access.ts';
import type { BillingDeps } from './ports.ts';
import { grantingSubscription, type Subscription } from './store.ts';

/** What an account may use at this moment. */
export type Entitlement = {
  readonly tier: Tier;
  /** What grants it; undefined for an account that has nothing but the free tier. */
  readonly subscription: Subscription | undefined;
};

/**
 * The account that a session or an API key speaks for, when its subscription is of the tier or of a higher one. Judged by the
 * subscription as it stands in the database, never by what a token says. One round trip.
 *
 * @param tier `free` lets everybody through whom the policy does, and still tells what they have
 * @param policy lets no key through that names no scope
 * @returns `scopes` are those of a key; undefined for a session, which may do everything
 * @throws {AppError} `plan_required`, which names the tier, and those of `authorizeCaller`
 */
export async function authorizePlan(
  deps: Pick<BillingDeps, 'db' | 'settings'> & Pick<AuthDeps, 'mayUseKeys'>,
  caller: Caller,
  tier: Tier,
  policy: Policy = {},
): Promise<Entitlement & { readonly user: User; readonly scopes: readonly Scope[] | undefined }> {
  const { user, scopes, results } = await authorizeCaller(deps, caller, policy, (owner) => [
    grantingSubscription(owner, deps.settings),
  ]);
  const subscription = results[0][0];
  const has = subscription?.plan?.tier ?? 'free';
  if (TIERS.indexOf(has) < TIERS.indexOf(tier)) {
    throw new AppError('plan_required', {
      detail: `This needs a plan of the tier "${tier}" or higher; the account has "${has}".`,
    });
  }
  return { user, scopes, tier: has, subscription };
}
