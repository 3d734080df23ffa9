import Stripe from 'stripe';
import { beforeEach, describe, expect, test } from 'vitest';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});

const customersAt = async (email: string) => (await shop.stripe.customers.list({ email })).data;

describe('an idempotency key', () => {
  test('gets the same answer again', async () => {
    const create = () => shop.stripe.customers.create({ email: 'once@acme.test' }, { idempotencyKey: 'k' });
    const [first, second] = [await create(), await create()];
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(second.lastResponse.headers['idempotency-key']).toBe('k');
    expect(await customersAt('once@acme.test')).toHaveLength(1);
    const sent = (await shop.control.requests()).filter((one) => one.idempotency_key === 'k');
    expect(sent.map(({ replayed }) => replayed)).toEqual([false, true]);
  });

  test('is for one request', async () => {
    const create = (email: string) => shop.stripe.customers.create({ email }, { idempotencyKey: 'k' });
    await create('a@acme.test');
    await expect(create('b@acme.test')).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  });

  test('keeps a refusal too, once something was tried', async () => {
    const refund = () => shop.stripe.refunds.create({ charge: 'ch_none' }, { idempotencyKey: 'k' });
    await expect(refund()).rejects.toMatchObject({ code: 'resource_missing' });
    await expect(refund()).rejects.toMatchObject({ headers: { 'idempotent-replayed': 'true' } });
  });

  test('that is in use is refused', async () => {
    await shop.control.faults({ hangMs: 300, path: '/v1/customers' });
    const create = () => shop.stripe.customers.create({ email: 'slow@acme.test' }, { idempotencyKey: 'k' });
    const slow = create();
    await expect.poll(async () => (await shop.control.requests()).length).toBeGreaterThan(3);
    await expect(create()).rejects.toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    const { id } = await slow;
    expect((await create()).id).toBe(id);
  });
});

describe('a fault', () => {
  test.each([429, 500, 503])('of %i is answered that many times, before anything happens', async (status) => {
    await shop.control.faults({ status, count: 2, path: '/v1/customers', method: 'POST', retry_after: 1 });
    const create = () => shop.stripe.customers.create({ email: 'x@acme.test' });
    for (let time = 0; time < 2; time += 1) {
      await expect(create()).rejects.toMatchObject({ statusCode: status, headers: { 'retry-after': '1' } });
    }
    expect(await customersAt('x@acme.test')).toEqual([]);
    await expect(create()).resolves.toMatchObject({ email: 'x@acme.test' });
  });

  test.each([{ status: 500 }, { drop: true }])(
    'that loses the answer is made up for by the retry: %o',
    async (fault) => {
      const patient = new Stripe(shop.secretKey, {
        host: '127.0.0.1',
        port: Number(new URL(shop.apiUrl).port),
        protocol: 'http',
        maxNetworkRetries: 1,
      });
      await shop.control.faults({ ...fault, afterExecuting: true, path: '/v1/customers' });
      const made = await patient.customers.create({ email: 'lost@acme.test' }, { idempotencyKey: 'k' });
      expect(await customersAt('lost@acme.test')).toMatchObject([{ id: made.id }]);
    },
  );

  test('can be taken back', async () => {
    await shop.control.faults({ status: 500, count: 99 });
    await shop.control.clearFaults();
    await expect(shop.customer()).resolves.toBeDefined();
  });
});

test('a reset begins the account anew', async () => {
  await shop.buyer();
  await shop.control.reset();
  expect((await shop.stripe.customers.list()).data).toEqual([]);
  expect(await shop.control.events()).toEqual([]);
});
