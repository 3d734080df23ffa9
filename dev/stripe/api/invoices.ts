import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata } from '../account/references.ts';
import { collect, finalize, settle } from '../life/collect.ts';
import { markUncollectible } from '../life/renew.ts';
import { voidInvoice } from '../life/void.ts';
import { subscriptionOf } from '../objects/invoice.ts';
import { declined, invalid } from '../wire/errors.ts';
import { type Page, paginate, type Range, within } from '../wire/lists.ts';
import { type Call, pathId, type Routes } from './call.ts';
import { previewInvoice } from './preview.ts';

export const invoiceRoutes: Routes = {
  'GET /v1/invoices/{id}': (call) => invoiceOf(call),
  'POST /v1/invoices/{id}': (call) => {
    const invoice = invoiceOf(call);
    const { metadata, auto_advance: advance } = call.params as Stripe.InvoiceUpdateParams;
    invoice.metadata = mergeMetadata(invoice.metadata ?? {}, metadata);
    if (advance !== undefined) invoice.auto_advance = advance;
    return call.account.put('invoice', invoice);
  },
  'GET /v1/invoices': ({ account, params, path }) => {
    const { customer, subscription, status, created, ...page } = params as Page & {
      customer?: string;
      subscription?: string;
      status?: string;
      created?: Range;
    };
    const found = account
      .all('invoice')
      .filter(
        (one) =>
          (customer === undefined || idOf(one.customer) === customer) &&
          (subscription === undefined || subscriptionOf(one) === subscription) &&
          (status === undefined || one.status === status) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
  'GET /v1/invoices/{id}/lines': (call) =>
    paginate(invoiceOf(call).lines.data.toReversed(), call.params as Page, call.path),
  'POST /v1/invoices/create_preview': ({ account, params }) =>
    previewInvoice(account, params as Stripe.InvoiceCreatePreviewParams),
  'POST /v1/invoices/{id}/finalize': (call) => {
    const invoice = invoiceOf(call);
    if (invoice.status !== 'draft')
      throw invalid("This invoice is already finalized, you can't re-finalize it.");
    finalize(call.account, invoice);
    return invoice;
  },
  'POST /v1/invoices/{id}/pay': (call) => payInvoice(call.account, invoiceOf(call), call.params),
  'POST /v1/invoices/{id}/void': (call) => {
    const invoice = invoiceOf(call);
    if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
      throw invalid('You can only pass in open or uncollectible invoices.', { code: 'invoice_not_editable' });
    }
    voidInvoice(call.account, invoice);
    return invoice;
  },
  'POST /v1/invoices/{id}/mark_uncollectible': (call) => {
    const invoice = invoiceOf(call);
    if (invoice.status !== 'open') throw invalid('You can only pass in open invoices.');
    markUncollectible(call.account, invoice);
    return invoice;
  },
  'GET /v1/invoice_payments/{id}': (call) => call.account.get('invoice_payment', pathId(call)),
  'GET /v1/invoice_payments': ({ account, params, path }) => {
    const { invoice, payment, status, created, ...page } = params as Page & {
      invoice?: string;
      payment?: { type: string; payment_intent?: string };
      status?: string;
      created?: Range;
    };
    const found = account
      .all('invoice_payment')
      .filter(
        (one) =>
          (invoice === undefined || idOf(one.invoice) === invoice) &&
          (payment?.payment_intent === undefined ||
            idOf(one.payment.payment_intent) === payment.payment_intent) &&
          (status === undefined || one.status === status) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
};

function invoiceOf(call: Call): Stripe.Invoice {
  return call.account.get('invoice', pathId(call));
}

/** Collects an open invoice now. @throws StripeError 402 when the bank refuses. */
export function payInvoice(account: Account, invoice: Stripe.Invoice, params: object): Stripe.Invoice {
  if (invoice.status === 'paid') throw invalid('Invoice is already paid', { code: 'invoice_already_paid' });
  if (invoice.status === 'draft') finalize(account, invoice);
  if (invoice.status === 'paid') return invoice;
  if (invoice.status === 'void') throw invalid('Invoice is void and cannot be paid.');
  if ((params as Stripe.InvoicePayParams).paid_out_of_band) {
    settle(account, invoice);
    return invoice;
  }
  const refused = collect(account, invoice);
  if (refused) throw declined(refused);
  return invoice;
}
