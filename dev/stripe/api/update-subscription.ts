import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { mergeMetadata } from '../account/references.ts';
import { changeSubscription } from '../life/change.ts';
import { switchItems } from '../life/prorate.ts';
import { endTrial } from '../life/renew.ts';
import { applySwitch } from '../life/switch.ts';
import { newDiscount, redeemable } from '../objects/discounts.ts';
import { noCancellation, periodOf } from '../objects/subscription.ts';
import { invalid } from '../wire/errors.ts';

type Params = Stripe.SubscriptionUpdateParams;

/** What can wait for a payment. */
const PENDABLE =
  'items metadata cancel_at_period_end discounts trial_end trial_from_plan billing_cycle_anchor proration_behavior proration_date payment_behavior off_session add_invoice_items expand'.split(
    ' ',
  );
const ALWAYS_CHANGEABLE = ['metadata', 'cancellation_details', 'expand'];

/** Changes a subscription as `POST /v1/subscriptions/{id}` asks. */
export function updateSubscription(
  account: Account,
  subscription: Stripe.Subscription,
  params: Params,
): void {
  refuseOver(subscription, params);
  if (params.payment_behavior === 'pending_if_incomplete') {
    const refused = Object.keys(params).find((name) => !PENDABLE.includes(name));
    const message = `\`${refused}\` can't be changed with \`payment_behavior=pending_if_incomplete\`.`;
    if (refused) throw invalid(message, { param: refused });
  }
  const fields = { ...plainFields(subscription, params), ...cancellation(account, subscription, params) };
  const discounts = discountsOf(account, subscription, params);
  if (discounts) fields.discounts = discounts;
  if (typeof params.trial_end === 'number') extendTrial(account, subscription, params.trial_end, fields);
  const restart = params.billing_cycle_anchor?.type === 'now';
  if (params.items || restart) {
    applySwitch(account, subscription, switchItems(account, subscription, params.items ?? [], restart), {
      proration: params.proration_behavior ?? 'create_prorations',
      payment: params.payment_behavior ?? 'allow_incomplete',
      at: params.proration_date ?? account.now(),
      fields,
    });
  } else changeSubscription(account, subscription, fields);
  if (params.trial_end === 'now' && subscription.status === 'trialing') endTrialNow(account, subscription);
}

function refuseOver({ status }: Stripe.Subscription, params: Params): void {
  if (status !== 'canceled' && status !== 'incomplete_expired') return;
  if (Object.keys(params).every((name) => ALWAYS_CHANGEABLE.includes(name))) return;
  throw invalid('A canceled subscription can only update its cancellation_details and metadata.');
}

function plainFields(subscription: Stripe.Subscription, params: Params): Partial<Stripe.Subscription> {
  const fields: Partial<Stripe.Subscription> = {
    metadata: mergeMetadata(subscription.metadata, params.metadata),
  };
  if (params.description !== undefined) fields.description = params.description || null;
  if (params.automatic_tax) {
    fields.automatic_tax = {
      disabled_reason: null,
      enabled: params.automatic_tax.enabled,
      liability: params.automatic_tax.enabled ? { type: 'self' } : null,
    };
  }
  if (params.pause_collection !== undefined) {
    const pause = params.pause_collection || null;
    fields.pause_collection = pause && { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null };
  }
  return fields;
}

function cancellation(
  account: Account,
  subscription: Stripe.Subscription,
  params: Params,
): Partial<Stripe.Subscription> {
  const { cancel_at_period_end: atEnd, cancel_at: at, cancellation_details: details } = params;
  const { end } = periodOf(subscription);
  const said = {
    ...(subscription.cancellation_details ?? noCancellation()),
    ...(details && { comment: details.comment || null, feedback: details.feedback || null }),
  };
  if (atEnd !== undefined && at !== undefined) {
    throw invalid('You may only specify one of these parameters: cancel_at, cancel_at_period_end.');
  }
  if (atEnd === false || at === '' || at === null) {
    return {
      cancel_at_period_end: false,
      cancel_at: null,
      canceled_at: null,
      cancellation_details: { ...said, reason: null },
    };
  }
  if (atEnd === true || at !== undefined) {
    const moment = typeof at === 'number' ? at : end;
    if (moment < account.now()) throw invalid('`cancel_at` must be in the future.', { param: 'cancel_at' });
    return {
      cancel_at_period_end: moment === end,
      cancel_at: moment,
      canceled_at: subscription.canceled_at ?? account.now(),
      cancellation_details: { ...said, reason: 'cancellation_requested' },
    };
  }
  return details ? { cancellation_details: said } : {};
}

function discountsOf(
  account: Account,
  subscription: Stripe.Subscription,
  { discounts }: Params,
): string[] | undefined {
  if (discounts === undefined) return undefined;
  if (!Array.isArray(discounts)) return [];
  const customer = String(subscription.customer);
  const amount = subscription.items.data.reduce((sum, item) => sum + (item.price.unit_amount ?? 0), 0);
  const purchase = { customer, currency: subscription.currency, amount };
  return discounts.map((wanted) => {
    if (wanted.discount) return account.get('discount', wanted.discount, 'discounts').id;
    const reduction = redeemable(account, wanted, purchase);
    return newDiscount(account, reduction, { customer, subscription: subscription.id, session: null }).id;
  });
}

function extendTrial(
  account: Account,
  subscription: Stripe.Subscription,
  end: number,
  fields: Partial<Stripe.Subscription>,
): void {
  for (const item of subscription.items.data) item.current_period_end = end;
  const terms = account.state.subscriptions[subscription.id];
  if (terms) terms.trialWillEndSent = false;
  Object.assign(fields, { trial_end: end, billing_cycle_anchor: end, status: 'trialing' });
  fields.trial_start = subscription.trial_start ?? periodOf(subscription).start;
}

function endTrialNow(account: Account, subscription: Stripe.Subscription): void {
  const now = account.now();
  for (const item of subscription.items.data) item.current_period_end = now;
  changeSubscription(account, subscription, { trial_end: now, billing_cycle_anchor: now });
  endTrial(account, subscription);
}
