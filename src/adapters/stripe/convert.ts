import type Stripe from 'stripe';
import {
  type CheckoutSession,
  type DisputeState,
  type EventRefs,
  type ProviderEvent,
  type ProviderInvoice,
  type ProviderSubscription,
  SUBSCRIPTION_STATUSES,
  type SubscriptionStatus,
} from '../../billing/ports.ts';
import { type CheckoutIntentId, parseId } from '../../ids.ts';

/** Where a checkout of ours is named on what it makes. */
export const INTENT_KEY = 'checkout_intent';

/** The id of what Stripe gives as an id or as the whole object. */
export const idOf = (value: string | { readonly id: string } | null | undefined): string | null =>
  typeof value === 'string' ? value : (value?.id ?? null);

const instant = (seconds: number | null | undefined): Date | null =>
  typeof seconds === 'number' ? new Date(seconds * 1_000) : null;

/** An enumeration of Stripe's is open: what isn't on our list is `unknown`. */
const known = <T extends string>(list: readonly T[], value: string | null | undefined): T | 'unknown' =>
  list.find((one) => one === value) ?? 'unknown';

/** @param subscription with `latest_invoice` expanded */
export function toSubscription(subscription: Stripe.Subscription): ProviderSubscription {
  // Our own have one item; of one that was made by hand the first decides.
  const item = subscription.items.data[0];
  const periodEnd = item?.current_period_end;
  const cancelAt = subscription.cancel_at;
  // The portal sets a date where our own cancellation sets the flag.
  const endsWithPeriod =
    subscription.cancel_at_period_end ||
    (cancelAt !== null && periodEnd !== undefined && cancelAt <= periodEnd);
  const invoice = subscription.latest_invoice;
  return {
    id: subscription.id,
    customerId: idOf(subscription.customer),
    priceId: idOf(item?.price),
    status: known<SubscriptionStatus>(SUBSCRIPTION_STATUSES, subscription.status),
    startedAt: new Date(subscription.start_date * 1_000),
    currentPeriodStart: instant(item?.current_period_start),
    currentPeriodEnd: instant(endsWithPeriod && cancelAt !== null ? cancelAt : periodEnd),
    cancelAtPeriodEnd: endsWithPeriod,
    canceledAt: instant(subscription.canceled_at),
    endedAt: instant(subscription.ended_at),
    trialEnd: instant(subscription.trial_end),
    checkoutIntentId: parseId<CheckoutIntentId>(subscription.metadata[INTENT_KEY] ?? '') ?? null,
    changePending: subscription.pending_update !== null,
    latestInvoice: invoice && typeof invoice === 'object' ? toInvoice(invoice) : null,
  };
}

const REASONS: Readonly<Record<string, ProviderInvoice['reason']>> = {
  subscription_create: 'start',
  subscription_cycle: 'renewal',
  subscription_update: 'change',
};

export function toInvoice(invoice: Stripe.Invoice): ProviderInvoice {
  return {
    id: invoice.id,
    subscriptionId: idOf(invoice.parent?.subscription_details?.subscription),
    customerId: idOf(invoice.customer),
    status: known(['draft', 'open', 'paid', 'void', 'uncollectible'], invoice.status),
    reason: REASONS[invoice.billing_reason ?? ''] ?? 'other',
    amountDueCents: invoice.amount_due,
    amountPaidCents: invoice.amount_paid,
    currency: invoice.currency.toUpperCase(),
    attemptCount: invoice.attempt_count,
    createdAt: new Date(invoice.created * 1_000),
    paidAt: instant(invoice.status_transitions.paid_at),
  };
}

export const toCheckoutSession = (session: Stripe.Checkout.Session): CheckoutSession => ({
  id: session.id,
  status: known(['open', 'complete', 'expired'], session.status),
  url: session.url,
});

export function toEvent(event: Stripe.Event): ProviderEvent {
  const object = event.data.object as EventObject | { object: string };
  return {
    id: event.id,
    type: event.type,
    objectId: 'id' in object ? object.id : null,
    occurredAt: new Date(event.created * 1_000),
    refs: refsOf(object as EventObject),
  };
}

type EventObject =
  | Stripe.Subscription
  | Stripe.Invoice
  | Stripe.Checkout.Session
  | Stripe.Charge
  | Stripe.Dispute
  | Stripe.Customer;

/** The ids that an event's object speaks of; for an object of another kind none. */
function refsOf(object: EventObject): EventRefs {
  switch (object.object) {
    case 'subscription':
      return { subscription: object.id, customer: refTo(object.customer) };
    case 'invoice':
      return {
        invoice: object.id,
        subscription: refTo(object.parent?.subscription_details?.subscription),
        customer: refTo(object.customer),
      };
    case 'checkout.session':
      return {
        session: object.id,
        subscription: refTo(object.subscription),
        customer: refTo(object.customer),
        checkoutIntent: object.client_reference_id ?? undefined,
      };
    case 'charge':
      return { paymentIntent: refTo(object.payment_intent), customer: refTo(object.customer) };
    case 'dispute':
      return { paymentIntent: refTo(object.payment_intent), dispute: DISPUTES[object.status] };
    case 'customer':
      return { customer: object.id };
    default:
      return {};
  }
}

const refTo = (value: Parameters<typeof idOf>[0]): string | undefined => idOf(value) ?? undefined;

/** An inquiry (`warning_…`) has taken no money, and one that was prevented took none: neither is a dispute yet. */
const DISPUTES: Readonly<Record<string, DisputeState>> = {
  needs_response: 'open',
  under_review: 'open',
  appeal_needs_response: 'open',
  appeal_under_review: 'open',
  lost: 'lost',
  won: 'won',
};
