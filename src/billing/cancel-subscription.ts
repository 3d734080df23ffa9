import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { fenceManaged, type Managed, settleChange } from './managed.ts';
import type { BillingDeps } from './ports.ts';
import type { Subscription } from './store.ts';

/**
 * Lets the subscription end with the period that is paid. Two round trips.
 *
 * @throws {AppError} `no_subscription`, `already_canceling`, `billing_unavailable`, `billing_not_configured`
 */
export async function cancelSubscription(deps: BillingDeps, claims: AccessClaims): Promise<Subscription> {
  const managed = await fenceManaged(deps, claims);
  if (managed.subscription.cancelAtPeriodEnd) throw new AppError('already_canceling');
  const { provider, providerId } = managed;
  return settleChange(deps, managed, provider.cancelAtPeriodEnd(providerId, actOn('cancel', managed)));
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
  return settleChange(deps, managed, provider.resume(providerId, actOn('resume', managed)));
}

/** The same for a repetition, which finds the subscription as it was; another once something was written since. */
const actOn = (act: string, { providerId, subscription }: Managed) =>
  `${act}:${providerId}:${subscription.appliedFence}`;
