import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf } from '../account/references.ts';
import { subscriptionOf } from '../objects/invoice.ts';
import { changeSubscription } from './change.ts';
import { endSubscription } from './end.ts';
import { applyPendingUpdate } from './pending-update.ts';

/** What a payment does to the subscription that it is for. */
export function afterPayment(account: Account, invoice: Stripe.Invoice): void {
  const subscription = billed(account, invoice);
  if (!subscription) return;
  if (account.state.subscriptions[subscription.id]?.pendingInvoice === invoice.id) {
    applyPendingUpdate(account, subscription);
    return;
  }
  const isLatest = idOf(subscription.latest_invoice) === invoice.id;
  if (subscription.status === 'paused' && isLatest) {
    account.emit('customer.subscription.resumed', { ...subscription, status: 'active' });
  }
  const revived: Stripe.Subscription.Status[] = ['incomplete', 'past_due', 'unpaid', 'paused'];
  if (isLatest && revived.includes(subscription.status)) {
    changeSubscription(account, subscription, { status: 'active' });
  }
}

/**
 * What a refusal does to it: a renewal is tried again by the account's schedule, and when that is over, the
 * subscription is given up.
 *
 * @param tell says that the payment failed, once the invoice shows when the next attempt is.
 */
export function afterFailure(account: Account, invoice: Stripe.Invoice, tell: () => void): void {
  const subscription = billed(account, invoice);
  const { retrySchedule, afterRetries } = account.state.settings;
  const renewal = subscription && invoice.billing_reason === 'subscription_cycle';
  const wait = renewal ? retrySchedule[invoice.attempt_count - 1] : undefined;
  invoice.next_payment_attempt = wait === undefined ? null : account.now() + wait;
  tell();
  if (!subscription || account.state.subscriptions[subscription.id]?.pendingInvoice === invoice.id) return;
  const { status } = subscription;
  if (renewal && wait === undefined && status === 'past_due') {
    if (afterRetries === 'cancel') endSubscription(account, subscription, 'payment_failed');
    if (afterRetries === 'unpaid') changeSubscription(account, subscription, { status: 'unpaid' });
    return;
  }
  if (status === 'active') changeSubscription(account, subscription, { status: 'past_due' });
}

/** The subscription of an invoice, unless it is over: what is over stays so. */
function billed(account: Account, invoice: Stripe.Invoice): Stripe.Subscription | undefined {
  const id = subscriptionOf(invoice);
  const subscription = id ? account.find('subscription', id) : undefined;
  return subscription && !['canceled', 'incomplete_expired'].includes(subscription.status)
    ? subscription
    : undefined;
}
