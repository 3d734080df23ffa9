import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';
import type { SessionTerms } from '../account/state.ts';
import { type Reduction, redeemable } from '../objects/discounts.ts';
import { priceSession } from '../objects/session.ts';
import { invalid } from '../wire/errors.ts';

/** The code that somebody types on the page. */
export function enterPromotionCode(
  account: Account,
  session: Stripe.Checkout.Session,
  terms: SessionTerms,
  code: string,
): void {
  if (!session.allow_promotion_codes) throw invalid('This Checkout Session takes no promotion codes.');
  const found = account
    .all('promotion_code')
    .find((one) => one.active && one.code.toLowerCase() === code.trim().toLowerCase());
  if (!found) throw invalid('This code is invalid.', { param: 'promotion_code' });
  const purchase = {
    customer: idOf(session.customer),
    currency: session.currency ?? '',
    amount: session.amount_subtotal ?? 0,
  };
  const { coupon } = redeemable(account, { promotion_code: found.id }, purchase);
  session.discounts = [{ coupon, promotion_code: found.id }];
  priceSession(account, session, terms);
  account.changed();
}

/** What a session takes off, as a subscription redeems it. */
export function reductionsOf(session: Stripe.Checkout.Session): Reduction[] {
  return (session.discounts ?? []).map(({ coupon, promotion_code: code }) => ({
    coupon: requiredId(coupon),
    promotionCode: idOf(code),
  }));
}
