import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';

/** An invoice that nobody has to pay any more, with the payments that waited for it. */
export function voidInvoice(account: Account, invoice: Stripe.Invoice): void {
  invoice.status = 'void';
  invoice.auto_advance = false;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.voided_at = account.now();
  for (const payment of account.all('invoice_payment')) {
    if (idOf(payment.invoice) !== invoice.id || payment.status !== 'open') continue;
    payment.status = 'canceled';
    payment.status_transitions.canceled_at = account.now();
    account.get('payment_intent', requiredId(payment.payment.payment_intent)).status = 'canceled';
  }
  account.emit('invoice.voided', invoice);
}
