import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';
import { subscriptionOf } from '../objects/invoice.ts';
import { newCharge, newInvoicePayment, newPaymentIntent } from '../objects/payments.ts';
import { afterFailure, afterPayment } from './outcome.ts';
import { type Verdict, verdictOn } from './verdict.ts';

/** Closes a draft: from now on its sums stand. What needs no payment is paid by that. */
export function finalize(account: Account, invoice: Stripe.Invoice): void {
  const customer = account.get('customer', requiredId(invoice.customer));
  account.state.invoiceNumber += 1;
  invoice.status = 'open';
  invoice.number = `${customer.invoice_prefix}-${String(account.state.invoiceNumber).padStart(4, '0')}`;
  invoice.status_transitions.finalized_at = account.now();
  invoice.effective_at = account.now();
  invoice.hosted_invoice_url = `${account.url}/?customer=${customer.id}`;
  invoice.ending_balance = customer.balance + invoice.total - invoice.amount_due;
  if (invoice.ending_balance !== customer.balance) {
    const previous = { balance: customer.balance };
    customer.balance = invoice.ending_balance;
    account.emit('customer.updated', customer, previous);
  }
  account.emit('invoice.finalized', invoice);
  if (invoice.amount_due === 0) settle(account, invoice);
}

/** The payment of an invoice: the one that waits, or a new one. */
export function paymentOf(account: Account, invoice: Stripe.Invoice): Stripe.PaymentIntent {
  const standing = account
    .all('invoice_payment')
    .find((payment) => idOf(payment.invoice) === invoice.id && payment.status === 'open');
  if (standing) return account.get('payment_intent', requiredId(standing.payment.payment_intent));
  const intent = account.put(
    'payment_intent',
    newPaymentIntent(account, {
      amount: invoice.amount_remaining,
      currency: invoice.currency,
      customer: idOf(invoice.customer),
      description: subscriptionOf(invoice) ? 'Subscription' : 'Invoice',
    }),
  );
  account.put('invoice_payment', newInvoicePayment(account, invoice, intent));
  account.emit('payment_intent.created', intent);
  return intent;
}

/** Tries to collect an open invoice, and answers what the bank said. */
export function collect(account: Account, invoice: Stripe.Invoice): Verdict {
  const verdict = verdictOn(account, requiredId(invoice.customer));
  if (verdict) fail(account, invoice, verdict);
  else succeed(account, invoice);
  return verdict;
}

/** The money of an open invoice arrived. */
export function succeed(account: Account, invoice: Stripe.Invoice): void {
  const intent = paymentOf(account, invoice);
  const charge = account.put('charge', newCharge(account, intent, null));
  intent.status = 'succeeded';
  intent.amount_received = intent.amount;
  intent.latest_charge = charge.id;
  intent.payment_method = charge.payment_method;
  intent.last_payment_error = null;
  intent.next_action = null;
  account.emit('charge.succeeded', charge);
  account.emit('payment_intent.succeeded', intent);
  for (const payment of account.all('invoice_payment')) {
    if (idOf(payment.payment.payment_intent) !== intent.id) continue;
    payment.status = 'paid';
    payment.amount_paid = payment.amount_requested;
    payment.status_transitions.paid_at = account.now();
    account.emit('invoice_payment.paid', payment);
  }
  invoice.attempt_count += 1;
  settle(account, invoice);
}

/** An invoice is paid, by a payment or because there was nothing to pay. */
export function settle(account: Account, invoice: Stripe.Invoice): void {
  invoice.status = 'paid';
  invoice.attempted = true;
  invoice.auto_advance = false;
  invoice.amount_paid = invoice.amount_due;
  invoice.amount_remaining = 0;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = account.now();
  account.emit('invoice.updated', invoice, { status: 'open' });
  account.emit('invoice.paid', invoice);
  account.emit('invoice.payment_succeeded', invoice);
  afterPayment(account, invoice);
}

/** The bank refused the payment of an open invoice. */
export function fail(account: Account, invoice: Stripe.Invoice, code: string): void {
  const intent = paymentOf(account, invoice);
  const confirm = code === 'authentication_required';
  const charge = account.put('charge', newCharge(account, intent, code));
  intent.status = confirm ? 'requires_action' : 'requires_payment_method';
  intent.latest_charge = charge.id;
  account.emit('charge.failed', charge);
  account.emit(confirm ? 'payment_intent.requires_action' : 'payment_intent.payment_failed', intent);
  invoice.attempt_count += 1;
  invoice.attempted = true;
  afterFailure(account, invoice, () => {
    account.emit('invoice.updated', invoice, { attempt_count: invoice.attempt_count - 1 });
    if (confirm) account.emit('invoice.payment_action_required', invoice);
    account.emit('invoice.payment_failed', invoice);
  });
}

/** A payment waits for the customer's confirmation. */
export function askForConfirmation(account: Account, invoice: Stripe.Invoice): void {
  const intent = paymentOf(account, invoice);
  intent.status = 'requires_action';
  account.emit('payment_intent.requires_action', intent);
  account.emit('invoice.payment_action_required', invoice);
}
