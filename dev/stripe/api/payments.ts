import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata, requiredId } from '../account/references.ts';
import { refund } from '../life/refunds.ts';
import { invalid } from '../wire/errors.ts';
import { type Page, paginate, type Range, within } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

type Filter = Page & { charge?: string; payment_intent?: string; customer?: string; created?: Range };

export const paymentRoutes: Routes = {
  'POST /v1/refunds': ({ account, params }) => {
    const wanted = params as Stripe.RefundCreateParams;
    const made = refund(account, chargeToRefund(account, wanted), wanted);
    made.metadata = mergeMetadata({}, wanted.metadata);
    return made;
  },
  'GET /v1/refunds/{id}': (call) => call.account.get('refund', pathId(call)),
  'POST /v1/refunds/{id}': (call) => {
    const made = call.account.get('refund', pathId(call));
    const previous = { metadata: made.metadata };
    const { metadata } = call.params as Stripe.RefundUpdateParams;
    made.metadata = mergeMetadata(made.metadata ?? {}, metadata);
    call.account.emit('refund.updated', made, previous);
    return made;
  },
  'GET /v1/refunds': ({ account, params, path }) => {
    const { charge, payment_intent: intent, created, ...page } = params as Filter;
    const found = account
      .all('refund')
      .filter(
        (one) =>
          (charge === undefined || idOf(one.charge) === charge) &&
          (intent === undefined || idOf(one.payment_intent) === intent) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
  'GET /v1/payment_intents/{id}': (call) => call.account.get('payment_intent', pathId(call)),
  'GET /v1/charges/{id}': (call) => call.account.get('charge', pathId(call)),
  'GET /v1/charges': ({ account, params, path }) => {
    const { payment_intent: intent, customer, created, ...page } = params as Filter;
    const found = account
      .all('charge')
      .filter(
        (one) =>
          (intent === undefined || idOf(one.payment_intent) === intent) &&
          (customer === undefined || idOf(one.customer) === customer) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
  'GET /v1/disputes/{id}': (call) => call.account.get('dispute', pathId(call)),
  'GET /v1/disputes': ({ account, params, path }) => {
    const { charge, payment_intent: intent, created, ...page } = params as Filter;
    const found = account
      .all('dispute')
      .filter(
        (one) =>
          (charge === undefined || idOf(one.charge) === charge) &&
          (intent === undefined || idOf(one.payment_intent) === intent) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
};

function chargeToRefund(
  account: Account,
  { charge, payment_intent: id }: Stripe.RefundCreateParams,
): Stripe.Charge {
  if (charge) return account.get('charge', charge, 'charge');
  if (!id) {
    throw invalid(
      'One of the following params should be provided for this request: payment_intent or charge.',
    );
  }
  const intent = account.get('payment_intent', id, 'payment_intent');
  if (intent.status !== 'succeeded') {
    throw invalid(`This PaymentIntent (${id}) does not have a successful charge to refund.`, {
      param: 'payment_intent',
    });
  }
  return account.get('charge', requiredId(intent.latest_charge));
}
