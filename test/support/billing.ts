import type { SellingDeps } from '../../src/billing/ports.ts';
import { type CheckoutIntentId, newId } from '../../src/ids.ts';
import { type Account, newAccount } from './accounts.ts';
import { type Service, useService } from './service.ts';
import { type HeldEvent, type StripeAccount, stripeAccount } from './stripe.ts';

export type Billing = ReturnType<typeof useBilling>;

/** A service with a Stripe account of its own. */
export function useBilling(variables: Record<string, string> = {}, user?: string) {
  const stripe = stripeAccount();
  const service = useService(
    {
      STRIPE_SECRET_KEY: stripe.secretKey,
      STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
      STRIPE_API_URL: stripe.apiUrl,
      ...variables,
    },
    user,
  );
  const seen = new Set<string>();

  const billing = {
    service,
    stripe,
    control: stripe.control,

    /** A webhook as Stripe sends it. */
    webhook: (
      { body, signature }: Pick<HeldEvent, 'body' | 'signature'>,
      overrides?: Record<string, unknown>,
    ) =>
      service.fetch(
        '/billing/stripe/webhook',
        {
          method: 'POST',
          body,
          headers: { 'Content-Type': 'application/json; charset=utf-8', 'Stripe-Signature': signature },
        },
        overrides,
      ),

    /** Events that nobody asked for yet, in order. */
    async freshEvents(): Promise<HeldEvent[]> {
      const fresh = (await stripe.control.events()).filter(({ event }) => !seen.has(event.id));
      for (const { event } of fresh) seen.add(event.id);
      return fresh;
    },

    /** Delivers these, one by one, and works them off. Answers their types. */
    async deliverEvents(): Promise<string[]> {
      const fresh = await billing.freshEvents();
      for (const held of fresh) {
        const response = await billing.webhook(held);
        if (response.status !== 200) throw new Error(`webhook: ${response.status} ${await response.text()}`);
      }
      await service.workOffBilling();
      return fresh.map(({ event }) => event.type);
    },
  };
  return billing;
}

/** What a purchase has before it is paid: a customer, a price, a session. Made at Stripe directly, without a route. */
export async function openSession(
  { service }: { service: Service },
  account: Account,
  { plan = 'pro', trialDays = 0 } = {},
): Promise<{ id: string; customerId: string; intentId: CheckoutIntentId }> {
  const { sales } = sellerOf(service);
  const [row] = await service.sql('SELECT * FROM plans WHERE code = $1', [plan]);
  if (!row) throw new Error(`no plan ${plan}`);
  const terms = {
    code: row.code,
    name: row.name,
    priceCents: row.price_cents,
    currency: row.currency,
    billingPeriod: row.billing_period,
  };
  const [mapped] = await service.sql(
    'SELECT provider_price_id FROM plan_prices WHERE plan_id = $1 AND archived_at IS NULL',
    [row.id],
  );
  const priceId: string = mapped?.provider_price_id ?? (await sales.ensurePrice(terms, null));
  await service.sql(
    `INSERT INTO plan_prices (plan_id, provider_price_id, price_cents, currency, billing_period)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
    [row.id, priceId, row.price_cents, row.currency, row.billing_period],
  );
  const customerId = await sales.createCustomer(account);
  await service.sql('UPDATE users SET stripe_customer_id = $2 WHERE id = $1', [account.id, customerId]);
  const intentId = newId<CheckoutIntentId>();
  const session = await sales.openCheckout({
    intentId,
    customerId,
    priceId,
    trialDays,
    successUrl: 'http://tollgate.test/done',
    cancelUrl: 'http://tollgate.test/plans',
    expiresAt: new Date(Date.now() + 3_600_000),
  });
  // Not `open`, so that a second one may stand beside it.
  await service.sql(
    `INSERT INTO checkout_intents (id, user_id, plan_id, fingerprint, status, provider_session_id, trial_days, trial_subject, expires_at)
     VALUES ($1, $2, $3, 'test', 'superseded', $4, $5, $6, now() + interval '1 hour')`,
    [intentId, account.id, row.id, session.id, trialDays, trialDays > 0 ? `subject-${account.id}` : null],
  );
  return { id: session.id, customerId, intentId };
}

/** A verified account that has paid for a plan at Stripe; no event of it has arrived. */
export async function purchase(billing: Pick<Billing, 'service' | 'control'>, options = {}) {
  const account = await newAccount(billing.service);
  const session = await openSession(billing, account, options);
  const { object } = await billing.control.completeSession(session.id, { outcome: 'paid' });
  return { account, ...session, subscriptionId: object.subscription as string };
}

export function sellerOf(service: Service) {
  const { seller } = service.deps();
  if (!seller) throw new Error('no seller');
  return seller satisfies SellingDeps['seller'];
}

export type { StripeAccount };
