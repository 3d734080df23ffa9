import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openShop, type Shop } from './shop.ts';

describe('the API', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });

  const raw = (path: string, headers: Record<string, string>, body?: string) =>
    fetch(`${shop.apiUrl}${path}`, {
      headers: { 'Stripe-Version': '2026-10-28.endive', ...headers },
      ...(body !== undefined && { method: 'POST', body }),
    });

  describe('keeps the contract', () => {
    test('and says what is wrong with a request that does not', async () => {
      const send = (body: string) =>
        raw('/v1/prices', { Authorization: `Bearer ${shop.secretKey}` }, body).then((response) =>
          response.json(),
        );
      expect(await send('currency=usd&product=x&colour=red')).toMatchObject({
        error: { type: 'invalid_request_error', code: 'parameter_unknown', param: 'colour' },
      });
      expect(await send('product=x')).toMatchObject({
        error: { code: 'parameter_missing', param: 'currency' },
      });
      expect(await send('currency=usd&recurring[interval]=aeon')).toMatchObject({
        error: { type: 'invalid_request_error', param: 'recurring[interval]' },
      });
      const violations = await shop.control.violations();
      expect(violations.map(({ where, what }) => `${what} ${where}`)).toEqual(
        Array.from({ length: 3 }, () => 'request POST /v1/prices'),
      );
    });

    test('and notes a version that is another', async () => {
      await raw('/v1/prices', { Authorization: `Bearer ${shop.secretKey}`, 'Stripe-Version': '2020-08-27' });
      expect(await shop.control.violations()).toMatchObject([{ what: 'header' }]);
    });

    test('unless an object is odd on purpose', async () => {
      const { subscription } = await shop.buyer();
      await shop.control.mutate(subscription.id, { status: 'enchanted' }, 'customer.subscription.updated');
      expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'enchanted' });
      const [told] = (await shop.control.events()).slice(-1);
      expect(told?.event.data).toMatchObject({
        object: { status: 'enchanted' },
        previous_attributes: { status: 'active' },
      });
      expect(await shop.control.violations()).toEqual([]);
    });
  });

  test('wants the key of a test account', async () => {
    for (const headers of [{}, { Authorization: 'Bearer sk_live_0123' }, { Authorization: 'Bearer x' }]) {
      const response = await raw('/v1/customers', headers as Record<string, string>);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    }
  });

  test('knows what is not there, by path and by parameter', async () => {
    await expect(shop.subscription('sub_none')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      message: "No such subscription: 'sub_none'",
    });
    await expect(shop.session('cus_none')).rejects.toMatchObject({ statusCode: 400, param: 'customer' });
    const nowhere = await raw('/v1/unicorns', { Authorization: `Bearer ${shop.secretKey}` });
    expect(nowhere.status).toBe(404);
    expect(await nowhere.json()).toMatchObject({
      error: { message: expect.stringContaining('Unrecognized') },
    });
  });

  test('lists the newest first, a page at a time, both ways', async () => {
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await shop.customer()).id);
    const { customers } = shop.stripe;
    const first = await customers.list({ limit: 2 });
    expect(first).toMatchObject({ has_more: true, url: '/v1/customers' });
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const last = await customers.list({ limit: 3, starting_after: ids[1] ?? '' });
    expect([last.has_more, last.data.map(({ id }) => id)]).toEqual([false, ids.slice(2)]);
    const before = await customers.list({ limit: 2, ending_before: ids[4] ?? '' });
    expect([before.has_more, before.data.map(({ id }) => id)]).toEqual([true, ids.slice(2, 4)]);
    const every = [];
    for await (const { id } of customers.list({ limit: 2 })) every.push(id);
    expect(every).toEqual(ids);
    await expect(customers.list({ limit: 101 })).rejects.toThrow('limit');
  });

  test('expands what is asked for, and refuses what can not be', async () => {
    const { subscription, customer } = await shop.buyer();
    const { data } = await shop.stripe.subscriptions.list({
      customer: customer.id,
      expand: ['data.customer', 'data.latest_invoice.payments.data.payment.payment_intent'],
    });
    expect(data).toMatchObject([
      {
        id: subscription.id,
        customer: { email: customer.email },
        latest_invoice: { payments: { data: [{ payment: { payment_intent: { status: 'succeeded' } } }] } },
      },
    ]);
    expect(await shop.control.violations()).toEqual([]);
    await expect(shop.subscription(subscription.id, ['unicorn'])).rejects.toThrow('cannot be expanded');
  });

  test('moves a lookup key from one price to the next', async () => {
    const { prices } = shop.stripe;
    const params = {
      currency: 'usd',
      product: shop.product.id,
      unit_amount: 2_900,
      recurring: { interval: 'month' },
      lookup_key: 'pro',
    } as const;
    await expect(prices.create(params)).rejects.toThrow('already uses that lookup key');
    const next = await prices.create({ ...params, transfer_lookup_key: true });
    const { data } = await prices.list({ lookup_keys: ['pro'] });
    expect(data.map(({ id }) => id)).toEqual([next.id]);
    expect(await prices.retrieve(shop.pro.id)).toMatchObject({ lookup_key: null, active: true });
    await prices.update(shop.pro.id, { active: false });
    expect((await prices.list({ active: true, product: shop.product.id })).data).toHaveLength(2);
  });

  test('merges metadata, and empties it', async () => {
    const { customers } = shop.stripe;
    const { id } = await customers.create({ metadata: { a: '1', b: 2 } });
    expect((await customers.update(id, { metadata: { b: '', c: 3 } })).metadata).toEqual({ a: '1', c: '3' });
    expect((await customers.update(id, { metadata: '' })).metadata).toEqual({});
  });

  test('counts usage once', async () => {
    const { meters, meterEvents } = shop.stripe.billing;
    const customer = await shop.customer();
    const meter = await meters.create({
      display_name: 'Items',
      event_name: 'items',
      default_aggregation: { formula: 'sum' },
    });
    const use = (identifier: string) =>
      meterEvents.create({
        event_name: 'items',
        identifier,
        payload: { stripe_customer_id: customer.id, value: '3' },
      });
    await use('a');
    await use('b');
    await expect(use('a')).rejects.toThrow('already exists with identifier a');
    const { data } = await meters.listEventSummaries(meter.id, {
      customer: customer.id,
      start_time: 0,
      end_time: 4_000_000_000,
    });
    expect(data).toMatchObject([{ aggregated_value: 6 }]);
  });

  test('keeps every account to itself', async () => {
    const { id } = await shop.customer();
    const other = await openShop();
    await expect(other.stripe.customers.retrieve(id)).rejects.toMatchObject({ statusCode: 404 });
    await shop.control.advance({ seconds: 1_000_000 });
    const [here, there] = [await shop.customer(), await other.customer()];
    expect(here.created - there.created).toBeGreaterThan(999_000);
  });

  test('lists events by type and time', async () => {
    await shop.customer();
    const { now } = await shop.control.advance({ seconds: 100 });
    const { subscription } = await shop.buyer();
    const { data } = await shop.stripe.events.list({
      types: ['customer.created', 'customer.subscription.created'],
      created: { gte: now },
    });
    expect(data.map(({ type }) => type)).toEqual(['customer.subscription.created', 'customer.created']);
    expect(data[0]).toMatchObject({ livemode: false, data: { object: { id: subscription.id } } });
    const newer = await shop.stripe.events.list({ ending_before: data[1]?.id ?? '', limit: 100 });
    expect(newer.data.at(-1)?.type).toBe('customer.subscription.created');
  });
});

describe('money that goes back', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => {
    expect(await shop.control.violations()).toEqual([]);
  });

  const paymentOf = async (invoice: string) => {
    const { data } = await shop.stripe.invoicePayments.list({ invoice });
    return String(data[0]?.payment.payment_intent);
  };

  test('is refunded in parts, never more than there was', async () => {
    const { invoice } = await shop.buyer();
    const { refunds, invoicePayments } = shop.stripe;
    const intent = await paymentOf(invoice);
    await shop.news();
    const part = await refunds.create({ payment_intent: intent, amount: 900 });
    expect(part).toMatchObject({ status: 'succeeded', amount: 900, payment_intent: intent });
    expect(await shop.news()).toEqual(['refund.created', 'charge.refunded']);
    await expect(refunds.create({ payment_intent: intent, amount: 1_001 })).rejects.toThrow('greater than');
    await refunds.create({ charge: String(part.charge) });
    await expect(refunds.create({ payment_intent: intent })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    });
    const charge = await shop.stripe.charges.retrieve(String(part.charge));
    expect(charge).toMatchObject({ refunded: true, amount_refunded: 1_900 });
    const found = await invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: intent } });
    expect(found.data).toMatchObject([{ invoice }]);
    expect((await refunds.list({ payment_intent: intent })).data.map(({ amount }) => amount)).toEqual([
      1_000, 900,
    ]);
  });

  test.each(['won', 'lost'] as const)('is disputed, and the bank decides: %s', async (outcome) => {
    const { invoice } = await shop.buyer();
    await shop.news();
    const { id, charge } = await shop.control.dispute({ invoice });
    expect(await shop.news()).toContain('charge.dispute.created');
    await expect(shop.stripe.refunds.create({ charge: String(charge) })).rejects.toMatchObject({
      code: 'charge_disputed',
    });
    await shop.control.closeDispute(id, outcome);
    expect((await shop.news()).at(-1)).toBe('charge.dispute.closed');
    expect(await shop.stripe.disputes.retrieve(id)).toMatchObject({ status: outcome, amount: 1_900 });
  });
});

test('the SDK verifies what the emulator signs', async () => {
  const shop = await openShop();
  const [held] = (await shop.control.events()).slice(-1);
  const { body = '', signature = '' } = held ?? {};
  const verify = (text: string) => Stripe.webhooks.constructEventAsync(text, signature, shop.webhookSecret);
  expect(await verify(body)).toMatchObject({ id: held?.event.id, api_version: '2026-10-28.endive' });
  await expect(verify(body.replace('livemode', 'lovemode'))).rejects.toThrow();
});
