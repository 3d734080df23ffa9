import { refreshSubscription } from '../../src/billing/process-event.ts';
import { type CheckoutIntentId, newId } from '../../src/ids.ts';
import type { Account } from './accounts.ts';
import type { Service } from './service.ts';
import type { StripeAccount } from './stripe.ts';

/** The variables under which a service speaks to an account of the Stripe emulator. */
export const stripeVariables = (stripe: StripeAccount) => ({
  STRIPE_SECRET_KEY: stripe.secretKey,
  STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
  STRIPE_API_URL: stripe.apiUrl,
});

/** A subscription that somebody bought and paid at Stripe, and that we know of. */
export async function buy(service: Service, stripe: StripeAccount, user: Account, planCode = 'pro') {
  const { seller, ...deps } = service.deps();
  if (!seller) throw new Error('nobody sells anything here');
  const [plan] = await service.sql(
    'SELECT id, code, name, price_cents, currency, billing_period FROM plans WHERE code = $1',
    [planCode],
  );
  if (!plan) throw new Error(`no plan ${planCode}`);
  const priceId = await seller.sales.ensurePrice(
    {
      code: plan.code,
      name: plan.name,
      priceCents: plan.price_cents,
      currency: plan.currency,
      billingPeriod: plan.billing_period,
    },
    null,
  );
  await service.sql(
    `INSERT INTO plan_prices (plan_id, provider_price_id, price_cents, currency, billing_period)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [plan.id, priceId, plan.price_cents, plan.currency, plan.billing_period],
  );
  const customerId = await seller.sales.createCustomer(user);
  await service.sql('UPDATE users SET stripe_customer_id = $2 WHERE id = $1', [user.id, customerId]);
  const session = await seller.sales.openCheckout({
    intentId: newId<CheckoutIntentId>(),
    customerId,
    priceId,
    trialDays: 0,
    successUrl: 'https://app.test/done',
    cancelUrl: 'https://app.test/back',
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  const { object } = await stripe.control.completeSession(session.id);
  const providerId = typeof object.subscription === 'string' ? object.subscription : object.subscription?.id;
  if (!providerId) throw new Error('the checkout made no subscription');
  await refreshSubscription({ ...deps, seller }, seller, providerId);
  const [row] = await service.sql('SELECT id FROM subscriptions WHERE provider_subscription_id = $1', [
    providerId,
  ]);
  return { id: row?.id as string, providerId, customerId };
}
