import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { applyState } from './apply.ts';
import { raiseFences } from './fence-store.ts';
import type { BillingDeps, PaymentProvider, ProviderSubscription, SubscriptionStatus } from './ports.ts';
import { managedSubscription, type Subscription } from './store.ts';
import { noteUnknown } from './sweep-store.ts';

/** A subscription that its owner is about to change, with the fence under which the answer will be written. */
export type Managed = {
  readonly subscription: Subscription;
  readonly provider: PaymentProvider;
  /** Its id at the provider. */
  readonly providerId: string;
  readonly fence: number;
};

/**
 * The subscription that the caller manages, fenced before its provider is asked anything. One round trip.
 *
 * @throws {AppError} `no_subscription`, `billing_not_configured`
 */
export async function fenceManaged(deps: BillingDeps, claims: AccessClaims): Promise<Managed> {
  const { results } = await authorizeRead(deps, claims, {}, [
    managedSubscription(claims.userId, deps.settings),
    raiseFences(claims.userId),
  ]);
  const [[subscription], raised] = results;
  const providerId = subscription?.providerSubscriptionId;
  if (!subscription || !providerId) throw new AppError('no_subscription');
  const provider = deps.providers[subscription.provider];
  if (!provider) throw new AppError('billing_not_configured');
  return { subscription, provider, providerId, fence: fenceOf(raised, providerId) };
}

const ENDED: readonly SubscriptionStatus[] = ['canceled', 'incomplete_expired'];

/**
 * Writes what the provider answers to a change. Where it refuses because the subscription ended there, and we were
 * not told, that is written. One round trip.
 *
 * @throws {AppError} `no_subscription` when the provider doesn't know it
 */
export async function settleChange(
  deps: BillingDeps,
  { provider, providerId, fence }: Pick<Managed, 'provider' | 'providerId' | 'fence'>,
  answer: Promise<ProviderSubscription | undefined>,
): Promise<Subscription> {
  const state = await answer.catch(async (error: unknown) => {
    if (error instanceof AppError) throw error;
    const now = await provider.subscription(providerId);
    if (now && !ENDED.includes(now.status)) throw error;
    return now;
  });
  if (!state) await deps.db.batch(noteUnknown(provider.name, providerId));
  const settled = state && (await applyState(deps, provider.name, state, fence));
  if (!settled) throw new AppError('no_subscription');
  return settled;
}

/**
 * A subscription that was not changed to its end.
 *
 * @throws {AppError} `no_subscription`
 */
export function requireGoingOn(subscription: Subscription): Subscription {
  if (ENDED.includes(subscription.status)) throw new AppError('no_subscription');
  return subscription;
}

/** The fence that was raised for one of several. */
export function fenceOf(raised: readonly { object_id: string; fence: number }[], providerId: string): number {
  const own = raised.find(({ object_id }) => object_id === providerId);
  // Bought between the two statements of one batch: nothing was asked of the provider yet.
  if (!own) throw new AppError('no_subscription');
  return own.fence;
}
