import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata, requiredId } from '../account/references.ts';
import { newId, PREFIXES } from '../ids.ts';
import { invalid } from '../wire/errors.ts';
import { addMonths } from './periods.ts';

export function newCoupon(account: Account, params: Stripe.CouponCreateParams): Stripe.Coupon {
  return {
    id: params.id ?? newId(PREFIXES.coupon),
    object: 'coupon',
    amount_off: params.amount_off ?? null,
    created: account.now(),
    currency: params.currency?.toLowerCase() ?? null,
    duration: params.duration ?? 'once',
    duration_in_months: params.duration_in_months ?? null,
    livemode: false,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    percent_off: params.percent_off ?? null,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    valid: true,
  };
}

export function newPromotionCode(
  account: Account,
  params: Stripe.PromotionCodeCreateParams,
): Stripe.PromotionCode {
  const { restrictions } = params;
  return {
    id: newId(PREFIXES.promotion_code),
    object: 'promotion_code',
    active: params.active ?? true,
    code: params.code ?? newId('').slice(5, 13).toUpperCase(),
    created: account.now(),
    customer: params.customer ?? null,
    customer_account: null,
    expires_at: params.expires_at ?? null,
    livemode: false,
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    promotion: { type: 'coupon', coupon: params.promotion.coupon ?? null },
    restrictions: {
      first_time_transaction: restrictions?.first_time_transaction ?? false,
      minimum_amount: restrictions?.minimum_amount ?? null,
      minimum_amount_currency: restrictions?.minimum_amount_currency ?? null,
    },
    times_redeemed: 0,
  };
}

/** A reduction that somebody wants: by a coupon, or by the promotion code that leads to one. */
export type Reduction = { coupon: string; promotionCode: string | null };
type Purchase = { customer: string | null; currency: string; amount: number };

/** Makes sure a coupon may be used for a purchase. @throws StripeError with what Stripe says when not. */
export function redeemable(
  account: Account,
  wanted: { coupon?: string; promotion_code?: string },
  purchase: Purchase,
): Reduction {
  const param = wanted.promotion_code ? 'discounts[0][promotion_code]' : 'discounts[0][coupon]';
  const code = wanted.promotion_code ? account.get('promotion_code', wanted.promotion_code, param) : null;
  if (code) checkPromotionCode(account, code, purchase, param);
  const coupon = account.get(
    'coupon',
    code ? requiredId(code.promotion.coupon) : (wanted.coupon ?? ''),
    param,
  );
  const spent = coupon.max_redemptions !== null && coupon.times_redeemed >= coupon.max_redemptions;
  if (spent || (coupon.redeem_by !== null && coupon.redeem_by <= account.now())) {
    throw invalid(`Coupon expired: ${coupon.id}`, { code: 'coupon_expired', param });
  }
  if (coupon.amount_off !== null && coupon.currency !== purchase.currency) {
    throw invalid(`The coupon ${coupon.id} is in another currency than the purchase.`, { param });
  }
  return { coupon: coupon.id, promotionCode: code?.id ?? null };
}

function checkPromotionCode(
  account: Account,
  code: Stripe.PromotionCode,
  { customer, currency, amount }: Purchase,
  param: string,
): void {
  const { restrictions } = code;
  const refuse = (why: string) =>
    invalid(`This promotion code cannot be redeemed because ${why}.`, { param });
  const spent = code.max_redemptions !== null && code.times_redeemed >= code.max_redemptions;
  if (!code.active || spent || (code.expires_at !== null && code.expires_at <= account.now())) {
    throw invalid(`The promotion code ${code.code} is expired or inactive.`, { param });
  }
  if (code.customer && idOf(code.customer) !== customer) throw refuse('it belongs to another customer');
  const paidBefore = account
    .all('invoice')
    .some((invoice) => invoice.status === 'paid' && invoice.total > 0 && idOf(invoice.customer) === customer);
  if (restrictions.first_time_transaction && customer && paidBefore) {
    throw refuse('the associated customer has prior transactions');
  }
  if (restrictions.minimum_amount !== null) {
    const applies = restrictions.minimum_amount_currency === currency;
    if (!applies || amount < restrictions.minimum_amount) throw refuse('the purchase is below its minimum');
  }
}

/** Redeems a reduction for a subscription. */
export function newDiscount(
  account: Account,
  { coupon: couponId, promotionCode }: Reduction,
  of: { customer: string; subscription: string; session: string | null },
): Stripe.Discount {
  const coupon = account.get('coupon', couponId);
  coupon.times_redeemed += 1;
  if (promotionCode) account.get('promotion_code', promotionCode).times_redeemed += 1;
  const { duration, duration_in_months: months } = coupon;
  return account.put('discount', {
    id: newId(PREFIXES.discount),
    object: 'discount',
    checkout_session: of.session,
    customer: of.customer,
    customer_account: null,
    end: duration === 'repeating' ? addMonths(account.now(), account.now(), months ?? 1) : null,
    invoice: null,
    invoice_item: null,
    promotion_code: promotionCode,
    source: { type: 'coupon', coupon: couponId },
    start: account.now(),
    subscription: of.subscription,
    subscription_item: null,
  });
}

/** What a coupon takes off an amount. */
export function amountOff(coupon: Stripe.Coupon, amount: number): number {
  if (amount <= 0) return 0;
  const off =
    coupon.percent_off === null ? (coupon.amount_off ?? 0) : Math.round((amount * coupon.percent_off) / 100);
  return Math.min(off, amount);
}
