import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { listOf, requiredId } from '../account/references.ts';
import { recurrenceOf } from '../objects/catalog.ts';
import { newInvoice } from '../objects/invoice.ts';
import { periodEnd } from '../objects/periods.ts';
import { type Period, periodOf } from '../objects/subscription.ts';
import { draft, linesFor, standingDiscounts } from './bill.ts';
import { changeSubscription } from './change.ts';
import { collect, finalize } from './collect.ts';
import { endSubscription } from './end.ts';
import { cardOf } from './verdict.ts';
import { voidInvoice } from './void.ts';

/** The period after the one a subscription is in. */
export function nextPeriod(subscription: Stripe.Subscription): Period {
  const { end } = periodOf(subscription);
  const [item] = subscription.items.data;
  if (!item) throw new Error(`${subscription.id} has no items.`);
  return { start: end, end: periodEnd(end, subscription.billing_cycle_anchor, recurrenceOf(item.price)) };
}

/** A period ends and the next one begins: with an invoice, and the attempt to collect it. */
export function renew(account: Account, subscription: Stripe.Subscription): void {
  if (subscription.cancel_at_period_end) {
    endSubscription(account, subscription, 'cancellation_requested');
    return;
  }
  const invoice = roll(account, subscription, nextPeriod(subscription));
  account.emit('invoice.created', invoice);
  if (subscription.pause_collection) skip(account, invoice, subscription.pause_collection.behavior);
  else if (subscription.status === 'unpaid') invoice.auto_advance = false;
  else collectNow(account, invoice);
}

/** A trial ends: the first period that costs something begins, if there is something to pay it with. */
export function endTrial(account: Account, subscription: Stripe.Subscription): void {
  if (subscription.cancel_at_period_end) {
    endSubscription(account, subscription, 'cancellation_requested');
    return;
  }
  const behavior = subscription.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice';
  if (cardOf(account, requiredId(subscription.customer)) === 'none' && behavior !== 'create_invoice') {
    if (behavior === 'cancel') {
      endSubscription(account, subscription, 'payment_failed');
      return;
    }
    changeSubscription(account, subscription, { status: 'paused' });
    account.emit('customer.subscription.paused', subscription);
    return;
  }
  renew(account, subscription);
}

/** A paused subscription goes on: from now, with an invoice. */
export function resume(account: Account, subscription: Stripe.Subscription): void {
  const now = account.now();
  const [item] = subscription.items.data;
  if (!item) throw new Error(`${subscription.id} has no items.`);
  const period = { start: now, end: periodEnd(now, now, recurrenceOf(item.price)) };
  subscription.billing_cycle_anchor = now;
  const invoice = roll(account, subscription, period, 'subscription_update');
  account.emit('invoice.created', invoice);
  collectNow(account, invoice);
}

function roll(
  account: Account,
  subscription: Stripe.Subscription,
  period: Period,
  reason: Stripe.Invoice.BillingReason = 'subscription_cycle',
): Stripe.Invoice {
  const terms = account.state.subscriptions[subscription.id];
  const before = periodOf(subscription);
  const pending = terms?.pendingLines.splice(0) ?? [];
  const items = subscription.items.data.map((item) => ({
    ...item,
    current_period_start: period.start,
    current_period_end: period.end,
  }));
  const lines = [...pending, ...linesFor(subscription, items, period)];
  const invoice = draft(account, { subscription, reason, lines, period: before });
  changeSubscription(account, subscription, {
    items: listOf(items, subscription.items.url),
    latest_invoice: invoice.id,
    ...(subscription.status === 'trialing' && { status: 'active' }),
  });
  return invoice;
}

function collectNow(account: Account, invoice: Stripe.Invoice): void {
  finalize(account, invoice);
  if (invoice.status === 'open') collect(account, invoice);
}

function skip(
  account: Account,
  invoice: Stripe.Invoice,
  behavior: Stripe.Subscription.PauseCollection.Behavior,
): void {
  invoice.auto_advance = false;
  if (behavior === 'keep_as_draft') return;
  if (behavior === 'void') voidInvoice(account, invoice);
  else markUncollectible(account, invoice);
}

export function markUncollectible(account: Account, invoice: Stripe.Invoice): void {
  invoice.status = 'uncollectible';
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.marked_uncollectible_at = account.now();
  account.emit('invoice.marked_uncollectible', invoice);
}

/** The invoice that the next period is going to bring. Nothing is kept. */
export function upcomingInvoice(
  account: Account,
  subscription: Stripe.Subscription,
  items: Stripe.SubscriptionItem[] = subscription.items.data,
  more: Stripe.InvoiceLineItem[] = [],
): Stripe.Invoice {
  const period = nextPeriod(subscription);
  const pending = account.state.subscriptions[subscription.id]?.pendingLines ?? [];
  const invoice = newInvoice(account, {
    id: `upcoming_in_emu_${subscription.id.slice(-24)}`,
    subscription,
    reason: 'upcoming',
    lines: [...pending, ...more, ...linesFor(subscription, items, period)],
    period: periodOf(subscription),
    discounts: standingDiscounts(account, subscription),
  });
  return { ...invoice, created: period.start, next_payment_attempt: period.start };
}
