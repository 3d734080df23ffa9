import type Stripe from 'stripe';
import type { Sales, UpcomingInvoice } from '../../billing/ports.ts';
import { ask, askFor, isRefusal, once } from './client.ts';
import { idOf, toInvoice } from './convert.ts';

/** More than anybody gives back of one payment. */
const MAX_REFUNDS = 100;

export const createInvoices = (
  stripe: Stripe,
): Pick<Sales, 'invoice' | 'aftermath' | 'refundInvoice' | 'previewChange' | 'upcomingInvoice'> => ({
  async invoice(id) {
    const invoice = await askFor(stripe.invoices.retrieve(id));
    return invoice && toInvoice(invoice);
  },

  async aftermath(paymentIntentId) {
    const [payments, refunds] = await Promise.all([
      ask(
        stripe.invoicePayments.list({
          payment: { type: 'payment_intent', payment_intent: paymentIntentId },
          limit: 1,
        }),
      ),
      ask(stripe.refunds.list({ payment_intent: paymentIntentId, limit: MAX_REFUNDS })),
    ]);
    const invoiceId = idOf(payments.data[0]?.invoice);
    if (!invoiceId) return undefined;
    const given = refunds.data.filter(({ status }) => status === 'succeeded' || status === 'pending');
    const last = given.length > 0 ? Math.max(...given.map(({ created }) => created)) : null;
    return {
      invoice: toInvoice(await ask(stripe.invoices.retrieve(invoiceId))),
      refundedCents: given.reduce((sum, { amount }) => sum + amount, 0),
      refundedAt: last === null ? null : new Date(last * 1_000),
    };
  },

  async refundInvoice(invoiceId, key) {
    const { data } = await ask(stripe.invoicePayments.list({ invoice: invoiceId, status: 'paid' }));
    for (const { payment } of data) {
      const paymentIntent = idOf(payment.payment_intent);
      if (!paymentIntent) continue;
      try {
        await once(`${key}:${paymentIntent}`, (options) =>
          stripe.refunds.create({ payment_intent: paymentIntent }, options),
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
    const invoice = await preview(stripe, {
      subscription: id,
      subscription_details: {
        items: [{ id: item.id, price: priceId }],
        proration_behavior: 'always_invoice',
      },
    });
    return invoice && { ...invoice, dueAt: null };
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
