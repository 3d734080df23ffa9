import Stripe from 'stripe';
import type { Sales } from '../../billing/ports.ts';
import { ask, isRefusal, once } from './client.ts';

/** The identifier is what a reading is known again by; the idempotency key alone would not outlive an act begun anew. */
export const createMeters = (stripe: Stripe): Pick<Sales, 'reportUsage'> => ({
  async reportUsage({ meter, customerId, quantity, usedAt }, key) {
    const params = {
      event_name: meter,
      identifier: key,
      payload: { stripe_customer_id: customerId, value: String(quantity) },
      timestamp: Math.floor(usedAt.getTime() / 1_000),
    };
    const report = once(key, (options) => stripe.billing.meterEvents.create(params, options));
    await ask(report.catch(passOver));
  },
});

/** It has arrived before, or nobody is there any more who could be charged. */
function passOver(error: unknown): void {
  if (isKnown(error) || isGone(error)) return;
  throw error;
}

/** The customer, and not the meter: usage that no meter takes is told to a person, not dropped. */
const isGone = (error: unknown): boolean =>
  isRefusal(error, 'resource_missing') &&
  error instanceof Stripe.errors.StripeInvalidRequestError &&
  (error.param?.startsWith('payload') ?? false);

/** Stripe documents no code for it. */
const isKnown = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeInvalidRequestError &&
  (error.param === 'identifier' || /already exists with identifier/i.test(error.message));
