import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata, requiredId } from '../account/references.ts';
import type { SessionTerms } from '../account/state.ts';
import { newId, PREFIXES } from '../ids.ts';
import { invalid } from '../wire/errors.ts';
import { amountOff, redeemable } from './discounts.ts';
import { DAY_SECONDS } from './periods.ts';

/** An open session for a subscription; its sums are those of the first payment. */
export function newSession(
  account: Account,
  params: Stripe.Checkout.SessionCreateParams,
  terms: SessionTerms,
): Stripe.Checkout.Session {
  const id = newId(PREFIXES['checkout.session']);
  const currency = account.get('price', terms.items[0]?.price ?? '', 'line_items[0][price]').currency;
  const session: Stripe.Checkout.Session = {
    id,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    allowed_payment_method_types: null,
    amount_subtotal: 0,
    amount_total: 0,
    automatic_tax: {
      enabled: params.automatic_tax?.enabled ?? false,
      liability: null,
      provider: null,
      status: params.automatic_tax?.enabled ? 'complete' : null,
    },
    billing_address_collection: params.billing_address_collection ?? null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: account.now(),
    currency,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: params.customer ?? null,
    customer_account: null,
    customer_creation: params.customer ? null : 'always',
    customer_details: null,
    customer_email: params.customer_email ?? null,
    discounts: [],
    expires_at: expiryOf(account, params.expires_at),
    integration_identifier: params.integration_identifier ?? null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: params.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: params.payment_method_collection ?? 'always',
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: params.success_url ?? null,
    total_details: null,
    ui_mode: params.ui_mode ?? 'hosted_page',
    url: `${account.url}/c/pay/${id}`,
    wallet_options: null,
  };
  const gross = sumOf(account, terms);
  session.discounts = (params.discounts ?? []).map((wanted) => {
    const reduction = redeemable(account, wanted, {
      customer: idOf(session.customer),
      currency,
      amount: gross,
    });
    return { coupon: reduction.coupon, promotion_code: reduction.promotionCode };
  });
  priceSession(account, session, terms);
  return session;
}

/** Works out a session's sums. */
export function priceSession(account: Account, session: Stripe.Checkout.Session, terms: SessionTerms): void {
  const hasTrial = terms.trialDays !== null || terms.trialEnd !== null;
  const subtotal = hasTrial ? 0 : sumOf(account, terms);
  const off = (session.discounts ?? []).reduce(
    (sum, { coupon }) => sum + amountOff(account.get('coupon', requiredId(coupon)), subtotal - sum),
    0,
  );
  session.amount_subtotal = subtotal;
  session.amount_total = subtotal - off;
  session.total_details = { amount_discount: off, amount_shipping: 0, amount_tax: 0 };
}

/** What is bought, as the session's `line_items` show it. */
export function lineItems(account: Account, session: Stripe.Checkout.Session): Stripe.LineItem[] {
  const terms = account.state.sessions[session.id];
  const free = session.amount_subtotal === 0;
  let discount = session.total_details?.amount_discount ?? 0;
  return (terms?.items ?? []).map(({ price: id, quantity }, index) => {
    const price = account.get('price', id);
    const subtotal = free ? 0 : (price.unit_amount ?? 0) * quantity;
    const off = Math.min(discount, subtotal);
    discount -= off;
    return {
      id: `li_${session.id.slice(8)}_${index}`,
      object: 'item',
      adjustable_quantity: null,
      amount_discount: off,
      amount_subtotal: subtotal,
      amount_tax: 0,
      amount_total: subtotal - off,
      currency: price.currency,
      description: account.find('product', requiredId(price.product))?.name ?? null,
      metadata: {},
      price,
      quantity,
    };
  });
}

function sumOf(account: Account, { items }: SessionTerms): number {
  return items.reduce((sum, { price: id, quantity }) => {
    const price = account.get('price', id, 'line_items[0][price]');
    if (!price.recurring)
      throw invalid('The price must be recurring in subscription mode.', { param: 'line_items[0][price]' });
    return sum + (price.recurring.usage_type === 'metered' ? 0 : (price.unit_amount ?? 0) * quantity);
  }, 0);
}

/** When a session ends by the account's clock. */
export const expiryOf = (account: Account, wanted: number | undefined): number =>
  wanted === undefined ? account.now() + DAY_SECONDS : account.fromCaller(wanted);
