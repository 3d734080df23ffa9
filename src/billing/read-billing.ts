import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { type Payment, paymentCount, recentPayments } from './payment-store.ts';
import type { BillingDeps } from './ports.ts';
import { grantingSubscription, type Subscription } from './store.ts';

/**
 * The subscription that grants access at this moment. One round trip.
 *
 * @throws {AppError} `no_subscription`
 */
export async function readSubscription(deps: BillingDeps, claims: AccessClaims): Promise<Subscription> {
  const { results } = await authorizeRead(deps, claims, {}, [
    grantingSubscription(claims.userId, deps.settings),
  ]);
  const [[subscription]] = results;
  if (!subscription) throw new AppError('no_subscription');
  return subscription;
}

/** The own payments, the newest first. One round trip. */
export async function listPayments(
  deps: BillingDeps,
  claims: AccessClaims,
  page: { limit: number; offset: number },
): Promise<{ payments: Payment[]; total: number }> {
  const { results } = await authorizeRead(deps, claims, {}, [
    recentPayments(claims.userId, page),
    paymentCount(claims.userId),
  ]);
  const [payments, [count]] = results;
  return { payments, total: count?.total ?? 0 };
}
