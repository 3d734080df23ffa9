import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { mergeMetadata, requiredId } from '../account/references.ts';
import { newId, PREFIXES } from '../ids.ts';
import { invalid } from '../wire/errors.ts';
import { decimal } from './decimal.ts';

export function newProduct(
  account: Account,
  params: Pick<Stripe.ProductCreateParams, 'name'> & Partial<Stripe.ProductCreateParams>,
): Stripe.Product {
  return {
    id: params.id ?? newId(PREFIXES.product),
    object: 'product',
    active: params.active ?? true,
    created: account.now(),
    default_price: null,
    description: params.description ?? null,
    images: params.images ?? [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata({}, params.metadata),
    name: params.name,
    package_dimensions: null,
    shippable: params.shippable ?? null,
    statement_descriptor: params.statement_descriptor ?? null,
    tax_code: params.tax_code ?? null,
    tax_details: null,
    type: params.type ?? 'service',
    unit_label: params.unit_label ?? null,
    updated: account.now(),
    url: params.url ?? null,
  };
}

export function newPrice(
  account: Account,
  params: Stripe.PriceCreateParams,
  product: Stripe.Product,
): Stripe.Price {
  const { recurring } = params;
  const amount = params.unit_amount ?? null;
  return {
    id: newId(PREFIXES.price),
    object: 'price',
    active: params.active ?? true,
    billing_scheme: params.billing_scheme ?? 'per_unit',
    created: account.now(),
    currency: params.currency.toLowerCase(),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: params.lookup_key ?? null,
    metadata: mergeMetadata({}, params.metadata),
    nickname: params.nickname ?? null,
    product: product.id,
    recurring: recurring
      ? {
          interval: recurring.interval,
          interval_count: recurring.interval_count ?? 1,
          meter: recurring.meter ?? null,
          trial_period_days: recurring.trial_period_days ?? null,
          usage_type: recurring.usage_type ?? 'licensed',
        }
      : null,
    tax_behavior: params.tax_behavior ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: amount,
    unit_amount_decimal: decimal(amount),
  };
}

/** What a price was called before there were prices; subscription items still carry it. */
export function planOf(price: Stripe.Price): Stripe.Plan {
  const { interval, interval_count, meter, trial_period_days, usage_type } = recurrenceOf(price);
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval,
    interval_count,
    livemode: false,
    metadata: price.metadata,
    meter,
    nickname: price.nickname,
    product: requiredId(price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days,
    usage_type,
  };
}

export function recurrenceOf(price: Stripe.Price): Stripe.Price.Recurring {
  if (!price.recurring) throw invalid(`The price ${price.id} is not recurring.`, { param: 'price' });
  return price.recurring;
}

/** A price that something new may be sold at. */
export function activePrice(account: Account, id: string, param: string): Stripe.Price {
  const price = account.get('price', id, param);
  if (!price.active) {
    const message = `The price specified is inactive. This field only accepts active prices.`;
    throw invalid(message, { param });
  }
  return price;
}
