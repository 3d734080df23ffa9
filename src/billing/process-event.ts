import type * as z from 'zod';
import type { Statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import { applyState } from './apply.ts';
import { bury } from './apply-store.ts';
import {
  claimEvent,
  closeCheckout,
  failEvent,
  finishEvent,
  forgetCustomer,
  orphanEvent,
} from './event-store.ts';
import { raiseFence } from './fence-store.ts';
import {
  type BillingDeps,
  type EventRefs,
  type PaymentProvider,
  RefusedByProvider,
  type SellingDeps,
} from './ports.ts';

/** What became of a piece of work: `skipped`, because it is done, dead, or somebody else's; or to be tried again. */
export type Outcome = 'done' | 'skipped' | 'dead' | { readonly retryAfterSeconds: number };

/**
 * Works an event off: fetches what it speaks of and writes it as it is now. Events of one subscription may be worked
 * on in any order, at once, and again: the fence decides which of them has seen the last state, and whatever one
 * leaves unwritten another writes. Three round trips at most, two where the event names its subscription.
 *
 * @throws {AppError} `database_unavailable`: the event stays unprocessed, its lease runs out
 */
export async function processEvent(deps: BillingDeps, eventId: string): Promise<Outcome> {
  const { seller } = deps;
  if (!seller) return 'skipped';
  const [event] = await deps.db.query(claimEvent(eventId));
  if (!event) return 'skipped';
  try {
    await follow({ ...deps, seller }, { id: eventId, ...event });
    return 'done';
  } catch (error) {
    if (error instanceof AppError && error.code === 'database_unavailable') throw error;
    const [row] = await deps.db.query(failEvent(eventId, event.attempts, reasonOf(error)));
    if (!row) return 'skipped';
    return row.status === 'dead' ? 'dead' : { retryAfterSeconds: row.retry_after };
  }
}

type Claimed = {
  readonly id: string;
  readonly type: string;
  readonly refs: EventRefs;
  readonly attempts: number;
  readonly fence: number | null;
};

async function follow(deps: SellingDeps, event: Claimed): Promise<void> {
  const { refs } = event;
  const subscriptionId = refs.subscription ?? (await subscriptionPaidBy(deps, refs.paymentIntent));
  if (subscriptionId) return syncSubscription(deps, subscriptionId, event);

  const finish = finishEvent(event.id, event.attempts, null);
  if (event.type === 'checkout.session.expired' && refs.session) {
    await deps.db.batch([closeCheckout(refs.session), finish]);
  } else if (event.type === 'customer.deleted' && refs.customer) {
    await deps.db.batch([forgetCustomer(refs.customer), finish]);
  } else {
    await deps.db.query(orphanEvent(event.id, event.attempts));
  }
}

/** What speaks of money names neither the invoice nor the subscription. */
async function subscriptionPaidBy({ seller }: SellingDeps, paymentIntent: string | undefined) {
  if (paymentIntent === undefined) return undefined;
  const aftermath = await seller.sales.aftermath(paymentIntent);
  return aftermath?.invoice.subscriptionId ?? undefined;
}

async function syncSubscription(deps: SellingDeps, subscriptionId: string, event: Claimed): Promise<void> {
  const { seller, db } = deps;
  const { refs } = event;
  const fence = event.fence ?? (await raise(deps, subscriptionId));
  // Everything is fetched after the fence was raised, also what was looked at to find the subscription.
  const [subscription, invoice, aftermath] = await Promise.all([
    seller.subscription(subscriptionId),
    refs.invoice ? seller.sales.invoice(refs.invoice) : undefined,
    refs.paymentIntent ? seller.sales.aftermath(refs.paymentIntent) : undefined,
  ]);
  const finish: Statement<z.ZodType>[] = [
    finishEvent(event.id, event.attempts, { provider: seller.name, id: subscriptionId }),
  ];
  if (event.type === 'checkout.session.expired' && refs.session) finish.unshift(closeCheckout(refs.session));
  if (!subscription) {
    await db.batch([bury({ provider: seller.name, subscriptionId, fence }), ...finish]);
    return;
  }
  await applyState(
    deps,
    seller.name,
    subscription,
    fence,
    { invoices: invoice ? [invoice] : [], aftermath, dispute: refs.dispute, eventType: event.type },
    finish,
  );
}

async function raise({ db }: Pick<BillingDeps, 'db'>, subscriptionId: string): Promise<number> {
  const [raised] = await db.query(raiseFence(subscriptionId));
  if (!raised) throw new Error('a fence was raised and is not there');
  return raised.fence;
}

/**
 * Writes a subscription as it is at its provider now, for no particular event. Three round trips at most. Answers
 * whether the provider knows it.
 */
export async function refreshSubscription(
  deps: BillingDeps,
  provider: PaymentProvider,
  subscriptionId: string,
): Promise<boolean> {
  const fence = await raise(deps, subscriptionId);
  const subscription = await provider.subscription(subscriptionId);
  if (subscription) await applyState(deps, provider.name, subscription, fence);
  return subscription !== undefined;
}

/** What an administrator reads. Of an error we don't know only the name: its message may hold anything. */
export function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  if (error instanceof RefusedByProvider) return error.message;
  return error instanceof Error ? `failed with ${error.name}` : 'failed';
}
