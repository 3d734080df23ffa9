import type Stripe from 'stripe';

type Decimal = NonNullable<Stripe.Price['unit_amount_decimal']>;

/** A decimal as it goes over the wire: text. The SDK's types show what its client makes of it. */
export function decimal(value: number): Decimal;
export function decimal(value: number | null): Decimal | null;
export function decimal(value: number | null): Decimal | null {
  return value === null ? null : (String(value) as unknown as Decimal);
}
