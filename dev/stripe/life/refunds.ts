import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';
import { newDispute, newRefund } from '../objects/payments.ts';
import { invalid } from '../wire/errors.ts';

/** Gives money back. @throws StripeError when the charge has less left. */
export function refund(
  account: Account,
  charge: Stripe.Charge,
  params: Pick<Stripe.RefundCreateParams, 'amount' | 'reason'>,
): Stripe.Refund {
  const left = charge.amount - charge.amount_refunded;
  const amount = params.amount ?? left;
  if (isTakenBack(account, charge))
    throw invalid(`Charge ${charge.id} has been charged back; cannot issue a refund.`, {
      code: 'charge_disputed',
    });
  if (left === 0 || !charge.paid) {
    throw invalid(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  }
  if (amount > left || amount < 1) {
    throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`, {
      param: 'amount',
    });
  }
  const previous = { amount_refunded: charge.amount_refunded, refunded: charge.refunded };
  const made = account.put('refund', newRefund(account, charge, amount, params));
  charge.amount_refunded += amount;
  charge.refunded = charge.amount_refunded === charge.amount;
  account.emit('refund.created', made);
  account.emit('charge.refunded', charge, previous);
  return made;
}

/** The cardholder's bank takes the money back. */
export function dispute(account: Account, charge: Stripe.Charge, reason: string): Stripe.Dispute {
  if (charge.disputed) throw invalid(`Charge ${charge.id} is disputed already.`);
  const made = account.put('dispute', newDispute(account, charge, reason));
  charge.disputed = true;
  account.emit('charge.dispute.created', made);
  account.emit('charge.dispute.funds_withdrawn', made);
  return made;
}

/** The bank decides. A charge that was won can be refunded again. */
export function closeDispute(account: Account, standing: Stripe.Dispute, outcome: 'won' | 'lost'): void {
  if (['won', 'lost'].includes(standing.status)) throw invalid(`Dispute ${standing.id} is closed already.`);
  const previous = { status: standing.status };
  standing.status = outcome;
  if (outcome === 'won') account.emit('charge.dispute.funds_reinstated', standing);
  account.emit('charge.dispute.closed', standing, previous);
}

function isTakenBack(account: Account, charge: Stripe.Charge): boolean {
  return account.all('dispute').some((one) => requiredId(one.charge) === charge.id && one.status !== 'won');
}

/** The charge that paid an invoice. */
export function chargeOf(account: Account, invoice: string): Stripe.Charge {
  const payment = account
    .all('invoice_payment')
    .find((one) => idOf(one.invoice) === invoice && one.status === 'paid');
  const intent = payment && account.get('payment_intent', requiredId(payment.payment.payment_intent));
  if (!intent) throw invalid(`Nothing was paid for the invoice ${invoice}.`, { param: 'invoice' });
  return account.get('charge', requiredId(intent.latest_charge));
}
