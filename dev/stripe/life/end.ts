import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf } from '../account/references.ts';
import { subscriptionOf } from '../objects/invoice.ts';
import { noCancellation } from '../objects/subscription.ts';
import { changeSubscription } from './change.ts';
import { voidInvoice } from './void.ts';

type Reason = NonNullable<Stripe.Subscription.CancellationDetails['reason']>;

/** Ends a subscription now, for good. Its open invoices stay open, and nobody tries to collect them any more. */
export function endSubscription(account: Account, subscription: Stripe.Subscription, reason: Reason): void {
  subscription.status = 'canceled';
  subscription.ended_at = account.now();
  subscription.canceled_at ??= account.now();
  subscription.cancellation_details = {
    ...(subscription.cancellation_details ?? noCancellation()),
    reason: subscription.cancellation_details?.reason ?? reason,
  };
  subscription.pending_update = null;
  leaveInvoices(account, subscription.id);
  account.emit('customer.subscription.deleted', subscription);
}

/** A first payment that did not come in time: the subscription never was. */
export function expireIncomplete(account: Account, subscription: Stripe.Subscription): void {
  const invoice = account.find('invoice', idOf(subscription.latest_invoice) ?? '');
  changeSubscription(account, subscription, { status: 'incomplete_expired', ended_at: account.now() });
  if (invoice?.status === 'open') voidInvoice(account, invoice);
}

function leaveInvoices(account: Account, subscription: string): void {
  for (const invoice of account.all('invoice')) {
    if (subscriptionOf(invoice) !== subscription || invoice.status !== 'open') continue;
    invoice.auto_advance = false;
    invoice.next_payment_attempt = null;
  }
}
