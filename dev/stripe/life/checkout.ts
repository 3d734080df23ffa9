import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';
import type { Card, SessionTerms } from '../account/state.ts';
import { newCustomer } from '../objects/customer.ts';
import { newCharge, newPaymentIntent } from '../objects/payments.ts';
import { DAY_SECONDS } from '../objects/periods.ts';
import { declined, invalid } from '../wire/errors.ts';
import { fail, succeed } from './collect.ts';
import { enterPromotionCode, reductionsOf } from './promotion-code.ts';
import { type FirstPayment, subscribe } from './subscribe.ts';
import { foreseenVerdict, verdictOn } from './verdict.ts';

export type Outcome = 'paid' | 'declined' | 'async' | 'requires_action';
export type Completion = {
  outcome: Outcome;
  promotionCode?: string | undefined;
  email?: string | undefined;
  /** What later payments are made with; a card that works when nothing is said. */
  card?: Card | undefined;
};

const PAYMENTS: Record<Exclude<Outcome, 'declined'>, FirstPayment> = {
  paid: 'collect',
  async: 'processing',
  requires_action: 'confirm',
};

/**
 * What a person does on the checkout page. `declined` and `requires_action` leave the session open, to be tried again.
 *
 * @throws StripeError 402 when the payment is declined; 400 when the session is not open.
 */
export function completeCheckout(
  account: Account,
  session: Stripe.Checkout.Session,
  completion: Completion,
): Stripe.Checkout.Session {
  if (session.status !== 'open') {
    throw invalid(`This Checkout Session is ${session.status}.`, { code: 'checkout_session_not_open' });
  }
  const terms = account.state.sessions[session.id];
  if (!terms) throw new Error(`Nothing is known of the session ${session.id}.`);
  if (completion.promotionCode) enterPromotionCode(account, session, terms, completion.promotionCode);
  const waiting = terms.invoice ? account.find('invoice', terms.invoice) : undefined;
  if (completion.outcome === 'declined') {
    if (waiting?.status === 'open') fail(account, waiting, 'generic_decline');
    else recordDecline(account, session, 'generic_decline');
    throw declined('generic_decline');
  }
  const customer = buyerOf(account, session, completion.email);
  refuseForeseen(account, session, customer.id, completion);
  if (waiting?.status === 'open' && completion.outcome !== 'requires_action') {
    if (completion.outcome === 'paid') succeed(account, waiting);
    return close(account, session, customer, completion.outcome, waiting);
  }
  // What is paid with now works; the card that was chosen decides about what comes later.
  account.state.cards[customer.id] = standardCard(session);
  const trialEnd = trialEndOf(account, terms);
  const subscription = subscribe(account, {
    customer: customer.id,
    items: terms.items,
    trialEnd,
    metadata: terms.metadata,
    missingPaymentMethod: terms.missingPaymentMethod,
    reductions: reductionsOf(session),
    session: session.id,
    automaticTax: session.automatic_tax.enabled,
    payment: PAYMENTS[completion.outcome],
  });
  account.state.cards[customer.id] = completion.card ?? standardCard(session);
  const invoice = account.get('invoice', requiredId(subscription.latest_invoice));
  terms.invoice = invoice.id;
  if (completion.outcome === 'requires_action' && invoice.status === 'open') return session;
  return close(account, session, customer, completion.outcome, invoice);
}

/** A card that fails at once is declined on the page, before anything is made. */
function refuseForeseen(
  account: Account,
  session: Stripe.Checkout.Session,
  customer: string,
  { outcome, card }: Completion,
): void {
  const planned = account.state.failures.some((one) => one.customer === null || one.customer === customer);
  if (outcome !== 'paid' || !session.amount_total || !planned || card) return;
  if (!foreseenVerdict(account, customer)) return;
  const code = verdictOn(account, customer) ?? 'generic_decline';
  recordDecline(account, session, code);
  throw declined(code);
}

function close(
  account: Account,
  session: Stripe.Checkout.Session,
  customer: Stripe.Customer,
  outcome: Outcome,
  invoice: Stripe.Invoice,
): Stripe.Checkout.Session {
  const unpaid = outcome === 'async' && invoice.status === 'open';
  session.status = 'complete';
  session.url = null;
  session.payment_status = unpaid ? 'unpaid' : invoice.total > 0 ? 'paid' : 'no_payment_required';
  session.customer = customer.id;
  session.subscription = idOf(invoice.parent?.subscription_details?.subscription);
  session.invoice = invoice.id;
  session.customer_details = {
    address: null,
    business_name: null,
    email: customer.email,
    individual_name: null,
    name: customer.name ?? null,
    phone: null,
    tax_exempt: 'none',
    tax_ids: [],
  };
  account.emit('checkout.session.completed', session);
  return session;
}

/** What the bank says in the end to a payment that took its time. */
export function settleAsync(account: Account, session: Stripe.Checkout.Session, succeeded: boolean): void {
  const invoice = account.get('invoice', requiredId(session.invoice), 'session');
  if (session.payment_status !== 'unpaid' || invoice.status !== 'open') {
    throw invalid('This Checkout Session waits for no payment.');
  }
  if (!succeeded) {
    fail(account, invoice, 'debit_not_authorized');
    account.emit('checkout.session.async_payment_failed', session);
    return;
  }
  succeed(account, invoice);
  session.payment_status = 'paid';
  account.emit('checkout.session.async_payment_succeeded', session);
}

function buyerOf(account: Account, session: Stripe.Checkout.Session, email?: string): Stripe.Customer {
  const standing = idOf(session.customer);
  if (standing) return account.get('customer', standing, 'customer');
  const address = email ?? session.customer_email;
  const params = address ? { email: address } : {};
  const customer = account.put('customer', newCustomer(account, params));
  session.customer = customer.id;
  account.emit('customer.created', customer);
  return customer;
}

function standardCard(session: Stripe.Checkout.Session): Card {
  const collected = session.payment_method_collection !== 'if_required' || (session.amount_total ?? 0) > 0;
  return collected ? 'works' : 'none';
}

function trialEndOf(account: Account, { trialDays, trialEnd }: SessionTerms): number | null {
  return trialEnd ?? (trialDays === null ? null : account.now() + trialDays * DAY_SECONDS);
}

function recordDecline(account: Account, session: Stripe.Checkout.Session, code: string): void {
  const intent = account.put(
    'payment_intent',
    newPaymentIntent(account, {
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'usd',
      customer: idOf(session.customer),
      description: 'Subscription',
    }),
  );
  const charge = account.put('charge', newCharge(account, intent, code));
  intent.status = 'requires_payment_method';
  intent.latest_charge = charge.id;
  account.emit('charge.failed', charge);
  account.emit('payment_intent.payment_failed', intent);
}
