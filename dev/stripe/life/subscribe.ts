import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import type { Item, MissingPaymentMethod } from '../account/state.ts';
import { recurrenceOf } from '../objects/catalog.ts';
import { newDiscount, type Reduction } from '../objects/discounts.ts';
import { DAY_SECONDS, periodEnd } from '../objects/periods.ts';
import { newSubscription, periodOf } from '../objects/subscription.ts';
import { invalid } from '../wire/errors.ts';
import { draft, linesFor } from './bill.ts';
import { askForConfirmation, collect, finalize, paymentOf } from './collect.ts';

/** How the first payment goes: at once, later by the bank, after a confirmation, or not before somebody asks. */
export type FirstPayment = 'collect' | 'processing' | 'confirm' | 'leave';

export type Order = {
  customer: string;
  items: Item[];
  trialEnd: number | null;
  metadata: Record<string, string>;
  missingPaymentMethod: MissingPaymentMethod;
  reductions: Reduction[];
  session: string | null;
  automaticTax: boolean;
  payment: FirstPayment;
};

export const TRIAL_NOTICE_SECONDS = 3 * DAY_SECONDS;

/** Makes a subscription with its first invoice, and tells of all of it in Stripe's order. */
export function subscribe(account: Account, order: Order): Stripe.Subscription {
  const [first] = order.items;
  if (!first) throw invalid('Missing required param: items.', { code: 'parameter_missing', param: 'items' });
  const now = account.now();
  const price = account.get('price', first.price);
  const period = { start: now, end: order.trialEnd ?? periodEnd(now, now, recurrenceOf(price)) };
  const customer = account.get('customer', order.customer);
  refuseOtherCurrency(account, customer, price.currency);
  const subscription = account.put('subscription', newSubscription(account, { ...order, period }));
  customer.currency = subscription.currency;
  subscription.automatic_tax.enabled = order.automaticTax;
  if (order.automaticTax) subscription.automatic_tax.liability = { type: 'self' };
  account.state.subscriptions[subscription.id] = {
    trialWillEndSent: false,
    announced: null,
    pendingLines: [],
    pendingInvoice: null,
  };
  const of = { customer: customer.id, subscription: subscription.id, session: order.session };
  subscription.discounts = order.reductions.map((reduction) => newDiscount(account, reduction, of).id);

  const invoice = draft(account, {
    subscription,
    reason: 'subscription_create',
    lines: linesFor(subscription, subscription.items.data, period, order.trialEnd !== null),
    period: { start: now, end: now },
  });
  subscription.latest_invoice = invoice.id;
  account.emit('customer.subscription.created', subscription);
  account.emit('invoice.created', invoice);
  finalize(account, invoice);
  if (invoice.status === 'open') payFirst(account, invoice, order.payment);
  announceTrialEnd(account, subscription);
  return subscription;
}

function payFirst(account: Account, invoice: Stripe.Invoice, payment: FirstPayment): void {
  if (payment === 'collect') collect(account, invoice);
  if (payment === 'confirm') askForConfirmation(account, invoice);
  if (payment === 'leave') paymentOf(account, invoice);
  if (payment !== 'processing') return;
  const intent = paymentOf(account, invoice);
  intent.status = 'processing';
  account.emit('payment_intent.processing', intent);
}

/** Tells of a trial's end three days before; at once when it is shorter than that. */
export function announceTrialEnd(account: Account, subscription: Stripe.Subscription): void {
  const terms = account.state.subscriptions[subscription.id];
  if (!terms || terms.trialWillEndSent || subscription.status !== 'trialing') return;
  if (periodOf(subscription).end - TRIAL_NOTICE_SECONDS > account.now()) return;
  terms.trialWillEndSent = true;
  account.emit('customer.subscription.trial_will_end', subscription);
}

/** A customer pays in one currency as long as anything of theirs is alive. */
export function refuseOtherCurrency(account: Account, customer: Stripe.Customer, currency: string): void {
  const over: Stripe.Subscription.Status[] = ['canceled', 'incomplete_expired'];
  const other = account
    .all('subscription')
    .find((one) => one.customer === customer.id && !over.includes(one.status) && one.currency !== currency);
  if (!other) return;
  throw invalid(
    'You cannot combine currencies on a single customer. This customer has an active subscription, subscription ' +
      `schedule, discount, quote, or invoice item with currency ${other.currency}.`,
    { param: 'currency' },
  );
}
