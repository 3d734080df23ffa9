import { expect, it } from 'vitest';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { useShop } from '../support/shop.ts';

const shop = useShop();
const { service } = shop;

type Row = { used: number; limit: number };

const post = async ({ token }: SignedIn, quantity: number) => {
  const report = { metric: 'items', quantity, idempotency_key: crypto.randomUUID() };
  return (await service.post('/usage', report, { token })).status;
};

/** The period that runs and what was used of items in it. */
async function period({ token }: SignedIn) {
  const { period_start, period_end, data } = await service
    .fetch('/usage', { token })
    .then((r) => r.json<{ period_start: string; period_end: string; data: [Row] }>());
  return { period_start, period_end, used: data[0].used, limit: data[0].limit };
}

it('a period goes with what is bought, changed, renewed and ended at Stripe', async () => {
  const free = await newSession(service);
  expect(await post(free, 10)).toBe(200);
  expect(await post(free, 1)).toBe(402);

  const customer = await shop.customer('pro');
  const bought = await period(customer);
  const me = await service
    .fetch('/billing/subscriptions/me', { token: customer.token })
    .then((r) => r.json<{ current_period_start: string; current_period_end: string }>());
  expect(bought).toEqual({
    period_start: me.current_period_start,
    period_end: me.current_period_end,
    used: 0,
    limit: 100,
  });
  expect(await post(customer, 100)).toBe(200);
  expect(await post(customer, 1)).toBe(402);

  expect((await shop.upgrade(customer.token)).status).toBe(200);
  expect(await period(customer)).toEqual({ ...bought, used: 100, limit: -1 });
  expect(await post(customer, 50)).toBe(200);
  expect((await shop.upgrade(customer.token, { plan_code: 'pro' })).status).toBe(200);
  expect(await period(customer)).toEqual({ ...bought, used: 150, limit: 100 });
  expect(await post(customer, 1)).toBe(402);

  await shop.stripe.advance({ to: 'renewal', subscription: customer.subscription });
  expect(await post(customer, 1)).toBe(402);
  await shop.tell();
  expect(await period(customer)).toMatchObject({ period_start: bought.period_end, used: 0, limit: 100 });
  expect(await post(customer, 7)).toBe(200);

  await service.sql(`UPDATE subscriptions SET status = 'canceled' WHERE user_id = $1`, [customer.id]);
  expect(await period(customer)).toEqual({ ...(await period(free)), used: 0 });
});
