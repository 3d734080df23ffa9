import type Stripe from 'stripe';
import type { CheckoutRequest, Sales } from '../../billing/ports.ts';
import { AppError } from '../../errors.ts';
import { ask, askFor, once, type StripeConfig } from './client.ts';
import { INTENT_KEY, toCheckoutSession } from './convert.ts';

export const createCheckout = (
  stripe: Stripe,
  config: StripeConfig,
): Pick<Sales, 'openCheckout' | 'checkout' | 'expireCheckout'> => ({
  async openCheckout(request) {
    const { promotionCode } = request;
    const promotion = promotionCode === undefined ? undefined : await promotionOf(stripe, promotionCode);
    const params = paramsOf(request, promotion, config);
    try {
      return toCheckoutSession(
        await once(`checkout:${request.intentId}`, (options) =>
          stripe.checkout.sessions.create(params, options),
        ),
      );
    } catch (error) {
      if (promotion && aboutDiscount(error)) throw codeUnusable();
      return ask(Promise.reject(error));
    }
  },

  async checkout(sessionId) {
    const session = await askFor(stripe.checkout.sessions.retrieve(sessionId));
    return session && toCheckoutSession(session);
  },

  async expireCheckout(sessionId, key) {
    const session = await ask(stripe.checkout.sessions.retrieve(sessionId));
    if (session.status !== 'open') return toCheckoutSession(session);
    try {
      return toCheckoutSession(
        await once(key, (options) => stripe.checkout.sessions.expire(sessionId, undefined, options)),
      );
    } catch (error) {
      // Paid or expired between the two calls.
      const now = await askFor(stripe.checkout.sessions.retrieve(sessionId));
      if (now && now.status !== 'open') return toCheckoutSession(now);
      return ask(Promise.reject(error));
    }
  },
});

function paramsOf(
  request: CheckoutRequest,
  promotion: string | undefined,
  { automaticTax }: StripeConfig,
): Stripe.Checkout.SessionCreateParams {
  const metadata = { [INTENT_KEY]: request.intentId };
  return {
    mode: 'subscription',
    customer: request.customerId,
    client_reference_id: request.intentId,
    line_items: [{ price: request.priceId, quantity: 1 }],
    success_url: request.successUrl,
    cancel_url: request.cancelUrl,
    expires_at: Math.floor(request.expiresAt.getTime() / 1_000),
    metadata,
    subscription_data: {
      metadata,
      ...(request.trialDays > 0 && { trial_period_days: request.trialDays }),
    },
    ...(promotion ? { discounts: [{ promotion_code: promotion }] } : { allow_promotion_codes: true }),
    ...(automaticTax && {
      automatic_tax: { enabled: true },
      // The tax depends on where the customer is, which is asked on the page.
      customer_update: { address: 'auto' },
    }),
  };
}

async function promotionOf(stripe: Stripe, code: string): Promise<string> {
  const { data } = await ask(stripe.promotionCodes.list({ code, active: true, limit: 1 }));
  const [promotion] = data;
  if (!promotion) throw codeUnusable();
  return promotion.id;
}

/** Another code's currency, its minimum, the customer's first purchase: Stripe names the field, and each in other words. */
function aboutDiscount(error: unknown): boolean {
  return (
    error instanceof Error &&
    'param' in error &&
    typeof error.param === 'string' &&
    /^discounts|promotion_code|coupon/.test(error.param)
  );
}

const codeUnusable = () =>
  new AppError('validation_failed', {
    errors: { promotion_code: 'There is no such code, or it does not apply to this purchase.' },
  });
