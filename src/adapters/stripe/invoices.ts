import type Stripe from 'stripe';
import type { InvoiceAftermath, Sales, UpcomingInvoice } from '../../billing/ports.ts';
import { ask, askFor, isRefusal } from './client.ts';
import { idOf, toInvoice } from './convert.ts';

export const createInvoices = (
  stripe: Stripe,
): Pick<Sales, 'invoice' | 'aftermath' | 'refundInvoice' | 'previewChange' | 'upcomingInvoice'> => ({
  async invoice(id) {
    const invoice = await askFor(stripe.invoices.retrieve(id));
    return invoice && toInvoice(invoice);
  },

  async aftermath(chargeId) {
    const charge = await askFor(stripe.charges.retrieve(chargeId));
    const paymentIntent = idOf(charge?.payment_intent);
    if (!charge || !paymentIntent) return undefined;
    const { data } = await ask(
      stripe.invoicePayments.list({
        payment: { type: 'payment_intent', payment_intent: paymentIntent },
        limit: 1,
      }),
    );
    const invoiceId = idOf(data[0]?.invoice);
    if (!invoiceId) return undefined;
    const [invoice, dispute] = await Promise.all([
      ask(stripe.invoices.retrieve(invoiceId)),
      charge.disputed ? latestDispute(stripe, chargeId) : null,
    ]);
    return { invoice: toInvoice(invoice), refundedCents: charge.amount_refunded, dispute };
  },

  async refundInvoice(invoiceId, key) {
    const { data } = await ask(stripe.invoicePayments.list({ invoice: invoiceId, status: 'paid' }));
    for (const { payment } of data) {
      const paymentIntent = idOf(payment.payment_intent);
      if (!paymentIntent) continue;
      try {
        await stripe.refunds.create(
          { payment_intent: paymentIntent },
          { idempotencyKey: `${key}:${paymentIntent}` },
        );
      } catch (error) {
        if (!isRefusal(error, 'charge_already_refunded')) await ask(Promise.reject(error));
      }
    }
  },

  async previewChange(id, priceId) {
    const subscription = await askFor(stripe.subscriptions.retrieve(id));
    const item = subscription?.items.data[0];
    if (!item) return undefined;
    return preview(stripe, {
      subscription: id,
      subscription_details: {
        items: [{ id: item.id, price: priceId }],
        proration_behavior: 'always_invoice',
      },
    });
  },

  upcomingInvoice: (customer, subscription) => preview(stripe, { customer, subscription }),
});

/** `undefined` when nothing will be charged any more. */
async function preview(
  stripe: Stripe,
  params: Stripe.InvoiceCreatePreviewParams,
): Promise<UpcomingInvoice | undefined> {
  try {
    const invoice = await stripe.invoices.createPreview(params);
    return {
      amountDueCents: invoice.amount_due,
      currency: invoice.currency.toUpperCase(),
      dueAt: new Date((invoice.next_payment_attempt ?? invoice.period_end) * 1_000),
    };
  } catch (error) {
    if (isRefusal(error, 'invoice_upcoming_none') || isRefusal(error, 'resource_missing')) return undefined;
    return ask(Promise.reject(error));
  }
}

/** An inquiry (`warning_…`) takes no money yet, and one that was prevented none at all. */
const DISPUTES: Readonly<Record<string, InvoiceAftermath['dispute']>> = {
  needs_response: 'open',
  under_review: 'open',
  appeal_needs_response: 'open',
  appeal_under_review: 'open',
  lost: 'lost',
  won: 'won',
  warning_closed: 'won',
};

async function latestDispute(stripe: Stripe, charge: string): Promise<InvoiceAftermath['dispute']> {
  const { data } = await ask(stripe.disputes.list({ charge, limit: 1 }));
  return DISPUTES[data[0]?.status ?? ''] ?? null;
}
