import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';

/** Sets fields of a subscription and tells of it, with what they were before. Nothing new is no event. */
export function changeSubscription(
  account: Account,
  subscription: Stripe.Subscription,
  fields: Partial<Stripe.Subscription>,
): void {
  const before = subscription as unknown as Record<string, unknown>;
  const changed = Object.entries(fields).filter(
    ([name, value]) => JSON.stringify(before[name]) !== JSON.stringify(value),
  );
  if (changed.length === 0) return;
  const previous = Object.fromEntries(changed.map(([name]) => [name, structuredClone(before[name])]));
  Object.assign(subscription, Object.fromEntries(changed));
  account.emit('customer.subscription.updated', subscription, previous);
}
