import { afterAll, describe, expect, it, vi } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { useShop } from '../support/shop.ts';

const shop = useShop();
const { service, stripe } = shop;

afterAll(async () => {
  expect(await stripe.violations()).toEqual([]);
});

const openSessions = async (customer: unknown) =>
  (await shop.at('checkout.session')).filter((one) => one.customer === customer && one.status === 'open');
const customerOf = async (userId: string) => {
  const [row] = await service.sql('SELECT stripe_customer_id FROM users WHERE id = $1', [userId]);
  return row?.stripe_customer_id as string | null;
};
const sql = (text: string, ...parameters: unknown[]) => service.sql(text, parameters);

describe('a purchase that breaks on the way', () => {
  it.each([
    ['customer', '/v1/customers'],
    ['product', '/v1/products'],
    ['price', '/v1/prices'],
    ['list of subscriptions', '/v1/subscriptions'],
    ['session', '/v1/checkout/sessions'],
  ])('Stripe away at the %s: 503, and the next try makes one of each', async (_what, path) => {
    const { token, id } = await newSession(service);
    await sql("DELETE FROM plan_prices WHERE plan_id IN (SELECT id FROM plans WHERE code = 'pro')");
    await stripe.faults({ status: 503, count: 3, path });
    const failed = await shop.subscribe(token);
    expect([failed.status, failed.body.code]).toEqual([503, 'billing_unavailable']);
    await stripe.clearFaults();
    expect((await shop.subscribe(token)).status).toBe(201);
    expect(await openSessions(await customerOf(id))).toHaveLength(1);
    expect(await shop.intents(id)).toHaveLength(1);
  });

  it.each(['/v1/customers', '/v1/checkout/sessions'])(
    'an answer of %s that is lost: the SDK or the next try finds what was made',
    async (path) => {
      const { token, id, email } = await newSession(service);
      await stripe.faults({ drop: true, afterExecuting: true, count: 3, method: 'POST', path });
      expect((await shop.subscribe(token)).status).toBe(503);
      await stripe.clearFaults();
      const { status, body } = await shop.subscribe(token);
      expect(status).toBe(201);
      expect((await shop.at('customer')).filter((one) => one.email === email)).toHaveLength(1);
      const open = await openSessions(await customerOf(id));
      expect(open.map((session) => session.id)).toEqual([body.session_id]);
    },
  );

  it('a failure that Stripe repeats under its key is left behind after a while', async () => {
    const { token, id } = await newSession(service);
    await stripe.faults({
      status: 500,
      afterExecuting: true,
      count: 3,
      method: 'POST',
      path: '/v1/checkout/sessions',
    });
    await shop.subscribe(token);
    await stripe.clearFaults();
    await sql(
      "UPDATE checkout_intents SET created_at = now() - interval '11 minutes', provider_session_id = NULL, url = NULL WHERE user_id = $1",
      id,
    );
    expect((await shop.subscribe(token)).status).toBe(201);
    expect((await shop.intents(id)).map(({ status }) => status)).toEqual(['superseded', 'open']);
  });

  it('the database away after the page was made: 503, and the next try gets that page', async () => {
    const { token, id } = await newSession(service);
    const path = '/v1/checkout/sessions';
    await stripe.faults({ hangMs: 2_000, path, method: 'POST' });
    const asked = async () =>
      (await stripe.requests()).filter((one) => one.method === 'POST' && one.path === path).length;
    const before = await asked();
    const attempt = shop.subscribe(token);
    await vi.waitUntil(async () => (await asked()) > before, { timeout: 10_000 });
    const failed = await service.withoutDatabase(() => attempt);
    expect([failed.status, failed.body.code]).toEqual([503, 'database_unavailable']);
    const { status, body } = await shop.subscribe(token);
    expect(status).toBe(201);
    const open = await openSessions(await customerOf(id));
    expect(open.map((session) => session.id)).toEqual([body.session_id]);
    expect(await shop.intents(id)).toHaveLength(1);
  });

  it('another currency than the one that was paid in: 409, and the own one can be bought', async () => {
    const buyer = await shop.customer();
    await sql(
      `INSERT INTO plans (name, code, price_cents, currency, billing_period, tier, max_items, max_secondary)
       VALUES ('Euro', 'euro', 500, 'EUR', 'monthly', 'pro', 10, 10)`,
    );
    const refused = await shop.upgrade(buyer.token, { plan_code: 'euro', mode: 'checkout' });
    expect([refused.status, refused.body.code]).toEqual([409, 'currency_mismatch']);
    const bought = await shop.upgrade(buyer.token, { mode: 'checkout' });
    expect(bought.status).toBe(201);
  });
});
