import type { User } from '../auth/store.ts';
import { closeIntent, type Intent, storeCustomer } from './checkout-store.ts';
import type { Seller } from './customer.ts';
import { secondSubscription } from './judge-purchase.ts';
import type { BillingDeps } from './ports.ts';
import { refreshSubscription } from './process-event.ts';
import type { Plan, Subscription } from './store.ts';

/** A purchase that is open for a user, and what it is made of. */
export type Open = {
  readonly user: User;
  readonly customerId: string | null;
  readonly plan: Plan;
  readonly priceId: string | null;
  readonly current: Subscription | undefined;
  readonly intent: Intent;
};

/**
 * Asks the provider, which knows of payments before we do. What we did not know of is taken over, so that nobody is
 * kept from buying by something that they can't see.
 */
export async function refuseSecond(
  deps: BillingDeps,
  seller: Seller,
  { user, current, intent }: Open,
  customerId: string,
): Promise<void> {
  const replaced =
    intent.replacesSubscriptionId === current?.id ? current?.providerSubscriptionId : undefined;
  const live = await seller.sales.liveSubscriptions(customerId);
  const others = live.filter(({ id }) => id !== replaced);
  if (others.length === 0) return;
  await deps.db.batch([
    // By the stored customer the owner is known.
    storeCustomer(user.id, customerId),
    ...(intent.sessionId ? [] : [closeIntent(intent.id, 'superseded')]),
  ]);
  for (const { id } of others) await refreshSubscription(deps, seller, id);
  throw secondSubscription(others.map(({ status }) => status));
}
