import { AppError } from '../errors.ts';
import type { SubscriptionStatus } from './ports.ts';
import type { Plan, Subscription } from './store.ts';

/** Statuses in which something has to be paid before anything else is bought. */
const OWING: readonly SubscriptionStatus[] = ['past_due', 'unpaid', 'incomplete'];

/** What stands in the way of a second subscription: the first, or what is owed for it. */
export const secondSubscription = (statuses: readonly SubscriptionStatus[]) =>
  new AppError(
    statuses.every((status) => OWING.includes(status)) ? 'payment_past_due' : 'already_subscribed',
  );

/**
 * The plan, when it can be bought.
 *
 * @throws {AppError} `plan_not_found`, `validation_failed` for one that costs nothing
 */
export function requireForSale<T extends { readonly plan: Plan }>(found: T | undefined): T {
  if (!found?.plan.isActive) throw new AppError('plan_not_found');
  if (found.plan.priceCents === 0) {
    throw new AppError('validation_failed', {
      errors: { plan_code: 'Costs nothing, so there is nothing to buy. Cancel to come back to it.' },
    });
  }
  return found;
}

/**
 * The subscription, when its plan may be changed to that one.
 *
 * @throws {AppError} `no_subscription`, `payment_past_due`, `already_subscribed`, `subscription_canceling`
 */
export function requireChangeable(current: Subscription | undefined, plan: Plan): Subscription {
  if (!current) throw new AppError('no_subscription');
  // One that is paused waits for its first payment method, after a trial.
  if (current.status !== 'trialing' && current.status !== 'active') throw new AppError('payment_past_due');
  if (current.plan?.id === plan.id) throw new AppError('already_subscribed');
  // What an administrator gave until a day may be followed by what is paid for.
  if (current.cancelAtPeriodEnd && current.provider !== 'manual')
    throw new AppError('subscription_canceling');
  return current;
}
