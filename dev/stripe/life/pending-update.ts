import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, listOf } from '../account/references.ts';
import { changeSubscription } from './change.ts';
import { voidInvoice } from './void.ts';

/** A change that waits for its payment takes effect. */
export function applyPendingUpdate(account: Account, subscription: Stripe.Subscription): void {
  const pending = subscription.pending_update;
  forget(account, subscription);
  if (!pending) return;
  const fields: Partial<Stripe.Subscription> = { pending_update: null };
  if (pending.subscription_items) fields.items = listOf(pending.subscription_items, subscription.items.url);
  if (pending.metadata) fields.metadata = pending.metadata;
  if (pending.cancel_at_period_end !== null) fields.cancel_at_period_end = pending.cancel_at_period_end;
  if (pending.billing_cycle_anchor !== null) fields.billing_cycle_anchor = pending.billing_cycle_anchor;
  if (pending.trial_end !== null) fields.trial_end = pending.trial_end;
  changeSubscription(account, subscription, fields);
  account.emit('customer.subscription.pending_update_applied', subscription);
}

/** Its payment did not come: everything stays as it was, and the invoice is void. */
export function expirePendingUpdate(account: Account, subscription: Stripe.Subscription): void {
  const invoice = account.find('invoice', forget(account, subscription) ?? '');
  changeSubscription(account, subscription, { pending_update: null });
  account.emit('customer.subscription.pending_update_expired', subscription);
  if (invoice?.status === 'open') voidInvoice(account, invoice);
}

function forget(account: Account, subscription: Stripe.Subscription): string | null {
  const terms = account.state.subscriptions[subscription.id];
  const invoice = terms?.pendingInvoice ?? idOf(subscription.latest_invoice);
  if (terms) terms.pendingInvoice = null;
  return invoice;
}
