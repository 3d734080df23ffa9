import { randomBytes } from 'node:crypto';

/** What Stripe's ids begin with. */
export const PREFIXES = {
  customer: 'cus',
  product: 'prod',
  price: 'price',
  coupon: 'coupon',
  promotion_code: 'promo',
  discount: 'di',
  'checkout.session': 'cs_test',
  subscription: 'sub',
  invoice: 'in',
  invoice_payment: 'inpay',
  payment_intent: 'pi',
  charge: 'ch',
  refund: 're',
  dispute: 'du',
  'billing_portal.session': 'bps',
  'billing_portal.configuration': 'bpc',
  'billing.meter': 'mtr_test',
} as const;

/** A fresh id that nobody takes for a real one: `sub_emu_…`. */
export function newId(prefix: string): string {
  return `${prefix}_emu_${randomBytes(12).toString('hex')}`;
}
