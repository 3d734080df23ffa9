import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { requiredId } from '../account/references.ts';
import { type NewInvoice, newInvoice, newLine } from '../objects/invoice.ts';
import type { Period } from '../objects/subscription.ts';

/** The lines that bill a subscription's items for a period. */
export function linesFor(
  subscription: Stripe.Subscription,
  items: readonly Stripe.SubscriptionItem[],
  period: Period,
  free = false,
): Stripe.InvoiceLineItem[] {
  return items.map((item) => {
    const { price, quantity = 1 } = item;
    const amount =
      free || price.recurring?.usage_type === 'metered' ? 0 : (price.unit_amount ?? 0) * quantity;
    const name = price.nickname ?? requiredId(price.product);
    return newLine({
      subscription: subscription.id,
      item: item.id,
      price,
      quantity,
      amount,
      description: free ? `Trial period for ${name}` : `${quantity} × ${name}`,
      period,
      proration: false,
    });
  });
}

/** The discounts of a subscription that still take something off. */
export function standingDiscounts(account: Account, subscription: Stripe.Subscription): Stripe.Discount[] {
  return subscription.discounts
    .map((discount) => account.get('discount', requiredId(discount)))
    .filter((discount) => {
      if (discount.end !== null && discount.end <= account.now()) return false;
      const coupon = account.find('coupon', requiredId(discount.source.coupon));
      return coupon !== undefined && (coupon.duration !== 'once' || !isUsed(account, discount.id));
    });
}

function isUsed(account: Account, discount: string): boolean {
  return account
    .all('invoice')
    .some((invoice) =>
      invoice.total_discount_amounts?.some((one) => one.amount > 0 && requiredId(one.discount) === discount),
    );
}

/** Makes a draft and keeps it, as the subscription's latest. Nothing is told yet. */
export function draft(account: Account, wanted: Omit<NewInvoice, 'discounts'>): Stripe.Invoice {
  const discounts = standingDiscounts(account, wanted.subscription);
  return account.put('invoice', newInvoice(account, { ...wanted, discounts }));
}
