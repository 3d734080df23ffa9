import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { listOf } from '../account/references.ts';
import type { Item, MissingPaymentMethod } from '../account/state.ts';
import { newId, PREFIXES } from '../ids.ts';
import { planOf } from './catalog.ts';

export type Period = { start: number; end: number };

export function newItem(
  account: Account,
  subscription: string,
  { price: priceId, quantity }: Item,
  { start, end }: Period,
): Stripe.SubscriptionItem {
  const price = account.get('price', priceId);
  return {
    id: newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: account.now(),
    current_period_end: end,
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price: structuredClone(price),
    quantity,
    subscription,
    tax_rates: [],
  };
}

export type NewSubscription = {
  customer: string;
  items: Item[];
  period: Period;
  trialEnd: number | null;
  metadata: Record<string, string>;
  missingPaymentMethod: MissingPaymentMethod;
};

export function newSubscription(account: Account, wanted: NewSubscription): Stripe.Subscription {
  const id = newId(PREFIXES.subscription);
  const now = account.now();
  const items = wanted.items.map((item) => newItem(account, id, item, wanted.period));
  return {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: wanted.trialEnd ?? wanted.period.start,
    billing_cycle_anchor_config: null,
    billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' }, updated_at: now },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: noCancellation(),
    collection_method: 'charge_automatically',
    created: now,
    currency: items[0]?.price.currency ?? 'usd',
    customer: wanted.customer,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: listOf(items, `/v1/subscription_items?subscription=${id}`),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: wanted.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'on_subscription',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: wanted.trialEnd ? 'trialing' : 'incomplete',
    test_clock: null,
    transfer_data: null,
    trial_end: wanted.trialEnd,
    trial_settings: {
      end_behavior: { billing_cycle_anchor: null, missing_payment_method: wanted.missingPaymentMethod },
    },
    trial_start: wanted.trialEnd ? now : null,
  };
}

export function noCancellation(): Stripe.Subscription.CancellationDetails {
  return { comment: null, feedback: null, feedback_option: null, reason: null };
}

/** The period that a subscription is in. */
export function periodOf(subscription: Stripe.Subscription): Period {
  const [item] = subscription.items.data;
  if (!item) throw new Error(`${subscription.id} has no items.`);
  return { start: item.current_period_start, end: item.current_period_end };
}
