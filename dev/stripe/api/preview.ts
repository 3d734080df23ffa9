import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, listOf } from '../account/references.ts';
import { linesFor, standingDiscounts } from '../life/bill.ts';
import { prorationLines, switchItems } from '../life/prorate.ts';
import { upcomingInvoice } from '../life/renew.ts';
import { activePrice, recurrenceOf } from '../objects/catalog.ts';
import { newInvoice } from '../objects/invoice.ts';
import { periodEnd } from '../objects/periods.ts';
import { newSubscription } from '../objects/subscription.ts';
import { invalid, StripeError } from '../wire/errors.ts';

type Params = Stripe.InvoiceCreatePreviewParams;

/** What an invoice would be, without making it: of the next period, of a change, or of a new subscription. */
export function previewInvoice(account: Account, params: Params): Stripe.Invoice {
  if (!params.subscription) return previewNew(account, params);
  const subscription = account.get('subscription', params.subscription, 'subscription');
  const details = params.subscription_details ?? {};
  const leaves = subscription.cancel_at_period_end && details.cancel_at_period_end !== false;
  const over = ['canceled', 'incomplete_expired'].includes(subscription.status);
  if (over || (leaves && !details.items) || details.cancel_now) {
    throw new StripeError(404, 'invalid_request_error', 'No upcoming invoices for customer', {
      code: 'invoice_upcoming_none',
    });
  }
  if (!details.items) return upcomingInvoice(account, subscription);
  const change = switchItems(account, subscription, details.items);
  const at = details.proration_date ?? account.now();
  const behavior = details.proration_behavior ?? 'create_prorations';
  const lines = behavior === 'none' && !change.newPeriod ? [] : prorationLines(subscription, change, at);
  if (behavior === 'always_invoice' || change.newPeriod) {
    return newInvoice(account, {
      id: 'upcoming_in_emu_preview',
      subscription,
      reason: 'subscription_update',
      lines,
      period: change.period,
      discounts: standingDiscounts(account, subscription),
    });
  }
  const changed = { ...subscription, items: listOf(change.items, subscription.items.url) };
  return upcomingInvoice(account, changed, change.items, lines);
}

function previewNew(account: Account, params: Params): Stripe.Invoice {
  const customer = idOf(params.customer);
  if (!customer) throw invalid('You must pass a `customer` or a `subscription`.', { param: 'customer' });
  account.get('customer', customer, 'customer');
  const wanted = params.subscription_details?.items ?? [];
  const items = wanted.map(({ price, quantity }, index) => ({
    price: activePrice(account, price ?? '', `subscription_details[items][${index}][price]`).id,
    quantity: quantity ?? 1,
  }));
  const [first] = items;
  if (!first) throw invalid('No upcoming invoices for customer', { code: 'invoice_upcoming_none' });
  const now = account.now();
  const period = { start: now, end: periodEnd(now, now, recurrenceOf(account.get('price', first.price))) };
  const subscription = newSubscription(account, {
    customer,
    items,
    period,
    trialEnd: null,
    metadata: {},
    missingPaymentMethod: 'create_invoice',
  });
  return newInvoice(account, {
    id: 'upcoming_in_emu_preview',
    subscription,
    reason: 'upcoming',
    lines: linesFor(subscription, subscription.items.data, period),
    period: { start: now, end: now },
    discounts: [],
  });
}
