import { expect, it } from 'vitest';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { useService } from '../support/service.ts';
import { haveSubscription } from '../support/subscription-rows.ts';

const service = useService();

async function bought(session: SignedIn): Promise<{ subscription: string; invoice: string }> {
  const subscription = await haveSubscription(service, session.id);
  const invoice = `in_${crypto.randomUUID()}`;
  await service.sql(
    `INSERT INTO payments (user_id, subscription_id, provider_invoice_id, amount_cents, currency, status)
     VALUES ($1, $2, $3, 1900, 'USD', 'succeeded')`,
    [session.id, subscription, invoice],
  );
  return { subscription, invoice };
}

it('the export of an account holds what billing knows of it, in the same round trip', async () => {
  const session = await newSession(service);
  const { subscription, invoice } = await bought(session);
  await service.sql(`UPDATE users SET stripe_customer_id = 'cus_own' WHERE id = $1`, [session.id]);
  await service.sql(
    `INSERT INTO checkout_intents (user_id, plan_id, fingerprint, expires_at, trial_subject)
     SELECT $1, id, 'a fingerprint', now(), 'a subject' FROM plans WHERE code = 'pro'`,
    [session.id],
  );
  await service.sql(`INSERT INTO trial_uses (subject, user_id) VALUES ('hash of an address', $1)`, [
    session.id,
  ]);

  let text = '';
  const trips = await service.roundTrips(async () => {
    const response = await service.fetch('/me/export', { token: session.token });
    text = await response.text();
  });
  expect(trips).toBe(1);
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(JSON.parse(text)).toMatchObject({
    user: { id: session.id },
    subscriptions: [
      { id: subscription, plan_code: 'pro', provider: 'stripe', status: 'active', current_period_end: at },
    ],
    payments: [
      { subscription_id: subscription, provider_invoice_id: invoice, amount_cents: 1900, created_at: at },
    ],
    checkouts: [{ plan_code: 'pro', status: 'open', expires_at: at }],
    trials: [{ created_at: at }],
    payment_customers: [{ provider: 'stripe', customer_id: 'cus_own' }],
  });
  for (const secret of ['a fingerprint', 'a subject', 'hash of an address', 'checkout.test']) {
    expect(text).not.toContain(secret);
  }
});

it('holds nothing of anybody else', async () => {
  const other = await newSession(service);
  await bought(other);
  const session = await newSession(service);
  const response = await service.fetch('/me/export', { token: session.token });
  expect(await response.json()).toMatchObject({ subscriptions: [], payments: [], payment_customers: [] });
});
