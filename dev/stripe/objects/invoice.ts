import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { listOf, mergeMetadata, requiredId } from '../account/references.ts';
import { newId, PREFIXES } from '../ids.ts';
import { decimal } from './decimal.ts';
import { amountOff } from './discounts.ts';
import type { Period } from './subscription.ts';

export type Line = {
  subscription: string;
  item: string;
  price: Stripe.Price;
  quantity: number;
  amount: number;
  description: string;
  period: Period;
  proration: boolean;
};

export function newLine(line: Line): Stripe.InvoiceLineItem {
  return {
    id: newId('il'),
    object: 'line_item',
    amount: line.amount,
    currency: line.price.currency,
    description: line.description,
    discount_amounts: [],
    discountable: !line.proration,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: line.proration,
        proration_details: line.proration ? { credited_items: null } : null,
        subscription: line.subscription,
        subscription_item: line.item,
      },
    },
    period: { ...line.period },
    pretax_credit_amounts: [],
    pricing: {
      type: 'price_details',
      price_details: { price: line.price.id, product: requiredId(line.price.product) },
      unit_amount_decimal: line.price.unit_amount_decimal,
    },
    quantity: line.quantity,
    quantity_decimal: decimal(line.quantity),
    subscription: line.subscription,
    subtotal: line.amount,
    taxes: [],
  };
}

export type NewInvoice = {
  id?: string;
  subscription: Stripe.Subscription;
  reason: Stripe.Invoice.BillingReason;
  lines: Stripe.InvoiceLineItem[];
  period: Period;
  discounts: Stripe.Discount[];
};

/** A draft, with its sums. The customer's balance takes part: credit of an earlier one is used up. */
export function newInvoice(account: Account, wanted: NewInvoice): Stripe.Invoice {
  const { subscription, reason, period } = wanted;
  const id = wanted.id ?? newId(PREFIXES.invoice);
  const customer = account.get('customer', requiredId(subscription.customer));
  const lines = wanted.lines.map((line) => ({ ...structuredClone(line), invoice: id }));
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  const off = discountLines(account, lines, wanted.discounts);
  const total = subtotal - off.reduce((sum, { amount }) => sum + amount, 0);
  const due = Math.max(0, total + customer.balance);
  return {
    id,
    object: 'invoice',
    account_country: 'US',
    account_name: 'Tollgate (emulated)',
    account_tax_ids: null,
    amount_due: due,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: due,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: {
      disabled_reason: null,
      enabled: subscription.automatic_tax.enabled,
      liability: subscription.automatic_tax.liability ? { type: 'self' } : null,
      provider: null,
      status: subscription.automatic_tax.enabled ? 'complete' : null,
    },
    automatically_finalizes_at: null,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: account.now(),
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: customer.tax_exempt ?? 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: wanted.discounts.map((discount) => discount.id),
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: listOf(lines, `/v1/invoices/${id}/lines`),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: {
        metadata: mergeMetadata({}, subscription.metadata),
        subscription: subscription.id,
      },
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: period.end,
    period_start: period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: customer.balance,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal,
    subtotal_excluding_tax: subtotal,
    test_clock: null,
    total,
    total_discount_amounts: off,
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}

function discountLines(
  account: Account,
  lines: Stripe.InvoiceLineItem[],
  discounts: Stripe.Discount[],
): Stripe.Invoice.TotalDiscountAmount[] {
  const discountable = lines.filter((line) => line.discountable);
  let left = discountable.reduce((sum, line) => sum + line.amount, 0);
  return discounts.map((discount) => {
    const amount = amountOff(account.get('coupon', requiredId(discount.source.coupon)), left);
    left -= amount;
    for (const line of discountable.slice(0, 1))
      line.discount_amounts?.push({ amount, discount: discount.id });
    return { amount, discount: discount.id };
  });
}

/** The subscription that an invoice bills. */
export function subscriptionOf(invoice: Stripe.Invoice): string | null {
  const of = invoice.parent?.subscription_details?.subscription;
  return of ? requiredId(of) : null;
}
