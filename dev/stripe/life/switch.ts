import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { listOf, requiredId } from '../account/references.ts';
import { HOUR_SECONDS } from '../objects/periods.ts';
import { declined } from '../wire/errors.ts';
import { draft } from './bill.ts';
import { changeSubscription } from './change.ts';
import { collect, finalize, paymentOf } from './collect.ts';
import { prorationLines, type Switch } from './prorate.ts';
import { foreseenVerdict, verdictOn } from './verdict.ts';

export const PENDING_UPDATE_SECONDS = 23 * HOUR_SECONDS;

export type Terms = {
  proration: Stripe.SubscriptionUpdateParams.ProrationBehavior;
  payment: Stripe.SubscriptionUpdateParams.PaymentBehavior;
  at: number;
  /** Fields that change with the items, at once or when the payment comes. */
  fields: Partial<Stripe.Subscription>;
};

/** Gives a subscription other items, bills the difference as asked, and deals with a payment that fails as asked. */
export function applySwitch(
  account: Account,
  subscription: Stripe.Subscription,
  change: Switch,
  { proration, payment, at, fields }: Terms,
): void {
  const billNow = change.newPeriod || proration === 'always_invoice';
  const lines = proration === 'none' && !change.newPeriod ? [] : prorationLines(subscription, change, at);
  const outcome = {
    ...fields,
    items: listOf(change.items, subscription.items.url),
    ...(change.newPeriod && { billing_cycle_anchor: change.period.start }),
  };
  if (lines.length === 0 || !billNow) {
    account.state.subscriptions[subscription.id]?.pendingLines.push(...lines);
    changeSubscription(account, subscription, outcome);
    return;
  }
  const customer = requiredId(subscription.customer);
  const costs = lines.reduce((sum, line) => sum + line.amount, 0) > 0;
  if (costs && payment === 'error_if_incomplete' && foreseenVerdict(account, customer)) {
    throw declined(verdictOn(account, customer) ?? 'generic_decline');
  }
  const invoice = draft(account, {
    subscription,
    reason: 'subscription_update',
    lines,
    period: change.period,
  });
  if (payment === 'pending_if_incomplete') {
    billThenSwitch(account, subscription, invoice, outcome);
    return;
  }
  changeSubscription(account, subscription, { ...outcome, latest_invoice: invoice.id });
  account.emit('invoice.created', invoice);
  finalize(account, invoice);
  if (invoice.status !== 'open') return;
  if (payment === 'default_incomplete') paymentOf(account, invoice);
  else collect(account, invoice);
}

/** Nothing changes before it is paid. */
function billThenSwitch(
  account: Account,
  subscription: Stripe.Subscription,
  invoice: Stripe.Invoice,
  outcome: Partial<Stripe.Subscription> & { items: Stripe.Subscription['items'] },
): void {
  const terms = account.state.subscriptions[subscription.id];
  // A newer change takes the place of one that still waits for its payment.
  if (terms) terms.pendingInvoice = invoice.id;
  account.emit('invoice.created', invoice);
  const pending = {
    pending_update: {
      billing_cycle_anchor: outcome.billing_cycle_anchor ?? null,
      cancel_at_period_end: outcome.cancel_at_period_end ?? null,
      discount: null,
      discounts: null,
      expires_at: account.now() + PENDING_UPDATE_SECONDS,
      metadata: outcome.metadata ?? null,
      subscription_items: outcome.items.data,
      trial_end: outcome.trial_end ?? null,
      trial_from_plan: null,
    },
    latest_invoice: invoice.id,
  };
  const customer = requiredId(subscription.customer);
  if (invoice.amount_due > 0 && foreseenVerdict(account, customer)) {
    finalize(account, invoice);
    collect(account, invoice);
    changeSubscription(account, subscription, pending);
    return;
  }
  if (terms) terms.pendingInvoice = null;
  finalize(account, invoice);
  if (invoice.amount_due > 0) collect(account, invoice);
  changeSubscription(account, subscription, { ...outcome, latest_invoice: invoice.id, pending_update: null });
}
