import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { fenceManaged, type Managed, requireGoingOn, settleChange } from './managed.ts';
import type { BillingDeps, ProviderSubscription } from './ports.ts';
import type { Subscription } from './store.ts';

/**
 * Lets the subscription end with the period that is paid; one that never was ends now. Two round trips.
 *
 * @throws {AppError} `no_subscription`, `already_canceling`, `unsupported_by_provider` for one that was granted without
 *   an end, `billing_unavailable`, `billing_not_configured`
 */
export async function cancelSubscription(deps: BillingDeps, claims: AccessClaims): Promise<Subscription> {
  const managed = await fenceManaged(deps, claims);
  if (managed.subscription.cancelAtPeriodEnd) throw new AppError('already_canceling');
  const { provider, providerId, subscription } = managed;
  // Of what was never paid there is no period to run out, and Stripe changes nothing about it but its end.
  if (subscription.status === 'incomplete') {
    const options = { creditUnusedTime: false };
    return settleChange(deps, managed, provider.end(providerId, actOn('end', managed), options));
  }
  return change(deps, managed, provider.cancelAtPeriodEnd(providerId, actOn('cancel', managed)));
}

/**
 * Takes that back, or takes up one that is paused. Two round trips.
 *
 * @throws {AppError} `no_subscription`, `not_canceling`, `billing_unavailable`, `billing_not_configured`
 */
export async function resumeSubscription(deps: BillingDeps, claims: AccessClaims): Promise<Subscription> {
  const managed = await fenceManaged(deps, claims);
  const { provider, providerId, subscription } = managed;
  if (!subscription.cancelAtPeriodEnd && subscription.status !== 'paused') {
    throw new AppError('not_canceling');
  }
  return change(deps, managed, provider.resume(providerId, actOn('resume', managed)));
}

/** The same for a repetition, which finds the subscription as it was; another once something was written since. */
const actOn = (act: string, { providerId, subscription }: Managed) =>
  `${act}:${providerId}:${subscription.appliedFence}`;

const change = async (
  deps: BillingDeps,
  managed: Managed,
  answer: Promise<ProviderSubscription | undefined>,
): Promise<Subscription> => requireGoingOn(await settleChange(deps, managed, answer));
