import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata } from '../account/references.ts';
import { draft } from '../life/bill.ts';
import { finalize } from '../life/collect.ts';
import { endSubscription } from '../life/end.ts';
import { unusedLines } from '../life/prorate.ts';
import { resume } from '../life/renew.ts';
import { subscribe } from '../life/subscribe.ts';
import { foreseenVerdict, verdictOn } from '../life/verdict.ts';
import { activePrice } from '../objects/catalog.ts';
import { redeemable } from '../objects/discounts.ts';
import { DAY_SECONDS } from '../objects/periods.ts';
import { noCancellation, periodOf } from '../objects/subscription.ts';
import { declined, invalid, missing } from '../wire/errors.ts';
import { type Page, paginate, type Range, within } from '../wire/lists.ts';
import { type Call, pathId, type Routes } from './call.ts';
import { updateSubscription } from './update-subscription.ts';

export const subscriptionRoutes: Routes = {
  'POST /v1/subscriptions': ({ account, params }) =>
    create(account, params as Stripe.SubscriptionCreateParams),
  'GET /v1/subscriptions/{id}': (call) => call.account.get('subscription', pathId(call)),
  'POST /v1/subscriptions/{id}': (call) => {
    const subscription = call.account.get('subscription', pathId(call));
    updateSubscription(call.account, subscription, call.params as Stripe.SubscriptionUpdateParams);
    return subscription;
  },
  'DELETE /v1/subscriptions/{id}': cancel,
  'POST /v1/subscriptions/{id}/resume': (call) => {
    const subscription = call.account.get('subscription', pathId(call));
    if (subscription.status !== 'paused') {
      throw invalid('Only paused subscriptions can be resumed.', { code: 'subscription_not_paused' });
    }
    resume(call.account, subscription);
    return subscription;
  },
  'GET /v1/subscriptions': ({ account, params, path }) => {
    const { customer, status, price, created, ...page } = params as Page & {
      customer?: string;
      status?: string;
      price?: string;
      created?: Range;
    };
    const found = account
      .all('subscription')
      .filter(
        (one) =>
          (customer === undefined || idOf(one.customer) === customer) &&
          hasStatus(one, status) &&
          (price === undefined || one.items.data.some((item) => item.price.id === price)) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
  'GET /v1/subscription_items/{id}': (call) => {
    const id = pathId(call);
    const items = call.account.all('subscription').flatMap((one) => one.items.data);
    const item = items.find((one) => one.id === id);
    if (!item) throw missing('subscription item', id);
    return item;
  },
  'GET /v1/subscription_items': ({ account, params, path }) => {
    const { subscription, ...page } = params as Page & { subscription: string };
    return paginate(account.get('subscription', subscription, 'subscription').items.data, page, path);
  },
};

/** What nobody asks for by name is not listed when it is over. */
function hasStatus({ status }: Stripe.Subscription, wanted: string | undefined): boolean {
  if (wanted === 'all') return true;
  if (wanted === 'ended') return status === 'canceled' || status === 'incomplete_expired';
  return wanted === undefined ? status !== 'canceled' : status === wanted;
}

function create(account: Account, params: Stripe.SubscriptionCreateParams): Stripe.Subscription {
  const customer = account.get('customer', params.customer ?? '', 'customer');
  const items = (params.items ?? []).map(({ price, quantity }, index) => {
    const param = `items[${index}][price]`;
    if (!price) throw invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
    return { price: activePrice(account, price, param), quantity: quantity ?? 1 };
  });
  const currency = items[0]?.price.currency ?? '';
  const amount = items.reduce((sum, one) => sum + (one.price.unit_amount ?? 0) * one.quantity, 0);
  const discounts = Array.isArray(params.discounts) ? params.discounts : [];
  const days = params.trial_period_days;
  const trialEnd =
    typeof params.trial_end === 'number'
      ? params.trial_end
      : days === undefined
        ? null
        : account.now() + days * DAY_SECONDS;
  if (params.payment_behavior === 'error_if_incomplete' && trialEnd === null && amount > 0) {
    if (foreseenVerdict(account, customer.id)) {
      throw declined(verdictOn(account, customer.id) ?? 'generic_decline');
    }
  }
  return subscribe(account, {
    customer: customer.id,
    items: items.map(({ price, quantity }) => ({ price: price.id, quantity })),
    trialEnd,
    metadata: mergeMetadata({}, params.metadata),
    missingPaymentMethod: params.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    reductions: discounts.map((one) => redeemable(account, one, { customer: customer.id, currency, amount })),
    session: null,
    automaticTax: params.automatic_tax?.enabled ?? false,
    payment: params.payment_behavior === 'default_incomplete' ? 'leave' : 'collect',
  });
}

function cancel(call: Call): Stripe.Subscription {
  const { account } = call;
  const subscription = account.get('subscription', pathId(call));
  if (['canceled', 'incomplete_expired'].includes(subscription.status)) {
    throw missing('subscription', subscription.id);
  }
  const {
    prorate,
    invoice_now: now,
    cancellation_details: details,
  } = call.params as Stripe.SubscriptionCancelParams;
  const lines = prorate && subscription.status === 'active' ? unusedLines(subscription, account.now()) : [];
  subscription.cancellation_details = {
    ...(subscription.cancellation_details ?? noCancellation()),
    comment: details?.comment || null,
    feedback: details?.feedback || null,
  };
  endSubscription(account, subscription, 'cancellation_requested');
  if (now && lines.length > 0) {
    const period = periodOf(subscription);
    const invoice = draft(account, { subscription, reason: 'subscription_update', lines, period });
    subscription.latest_invoice = invoice.id;
    account.emit('invoice.created', invoice);
    finalize(account, invoice);
  }
  return subscription;
}
