import { refreshSubscription } from '../../src/billing/process-event.ts';
import type { Account } from './accounts.ts';
import { type Billing, openSession, sellerOf } from './billing.ts';

/** A subscription that an account bought and paid at Stripe, and that we know of. */
export async function buy({ service, control }: Pick<Billing, 'service' | 'control'>, account: Account) {
  const { id: sessionId, customerId } = await openSession({ service }, account);
  const { object } = await control.completeSession(sessionId, { outcome: 'paid' });
  const providerId = object.subscription as string;
  await refreshSubscription(service.deps(), sellerOf(service), providerId);
  const [row] = await service.sql('SELECT id FROM subscriptions WHERE provider_subscription_id = $1', [
    providerId,
  ]);
  return { id: row?.id as string, providerId, customerId };
}
