import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { putSubscription } from '../support/put-subscription.ts';
import { useShop } from '../support/shop.ts';

const shop = useShop();
const { service, stripe } = shop;

afterAll(async () => {
  expect(await stripe.violations()).toEqual([]);
});

const sql = (text: string, ...parameters: unknown[]) => service.sql(text, parameters);
const me = async (token: string) => {
  const response = await service.fetch('/billing/subscriptions/me', { token });
  return response.json<{ code?: string; status: string; plan: { code: string } }>();
};
const subscriptionsOf = (id: string) =>
  sql(
    `SELECT plans.code, s.status, s.provider, s.cancel_at_period_end, s.replaced_by IS NOT NULL AS replaced
     FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id WHERE user_id = $1 ORDER BY s.created_at`,
    id,
  );
const atStripe = async (id: string) => (await shop.at('subscription')).find((one) => one.id === id);
describe('POST /billing/subscriptions/upgrade by proration', () => {
  it('changes the plan now, charges the difference, and says what it will charge before', async () => {
    const buyer = await shop.customer();
    const preview = await shop.post('/subscriptions/upgrade/preview', buyer.token, {
      plan_code: 'enterprise',
    });
    expect(preview).toMatchObject({ status: 200, body: { currency: 'USD' } });
    expect(await me(buyer.token)).toMatchObject({ plan: { code: 'pro' } });

    const changed = await shop.upgrade(buyer.token);
    expect(changed).toMatchObject({
      status: 200,
      body: { status: 'active', has_access: true, plan: { code: 'enterprise' }, user_id: buyer.id },
    });
    const payments = await sql(
      'SELECT amount_cents::int AS cents, status FROM payments WHERE user_id = $1 ORDER BY amount_cents',
      buyer.id,
    );
    expect(payments).toEqual([
      { cents: 1_900, status: 'succeeded' },
      { cents: preview.body.amount_due_cents, status: 'succeeded' },
    ]);
    await shop.tell();
    expect(await subscriptionsOf(buyer.id)).toMatchObject([{ code: 'enterprise', status: 'active' }]);
  });

  it('goes down as well, and back up: each is an act of its own', async () => {
    const buyer = await shop.customer('enterprise');
    for (const plan of ['pro', 'enterprise', 'pro', 'enterprise']) {
      const changed = await shop.upgrade(buyer.token, { plan_code: plan });
      expect([changed.status, (await me(buyer.token)).plan.code]).toEqual([200, plan]);
    }
    const keys = await shop.keysOf(`/v1/subscriptions/${buyer.subscription}`);
    expect(new Set(keys).size).toBe(4);
  });

  it('stays as it is where the payment fails, and can be tried again', async () => {
    const buyer = await shop.customer();
    const [row] = await sql('SELECT stripe_customer_id AS id FROM users WHERE id = $1', buyer.id);
    await stripe.failNextPayment({ customer: String(row?.id) });
    const failed = await shop.upgrade(buyer.token);
    expect([failed.status, failed.body.code]).toEqual([402, 'payment_failed']);
    expect(await me(buyer.token)).toMatchObject({ status: 'active', plan: { code: 'pro' } });
    await shop.tell();
    expect(await me(buyer.token)).toMatchObject({ status: 'active', plan: { code: 'pro' } });
    expect(await shop.upgrade(buyer.token)).toMatchObject({
      status: 200,
      body: { plan: { code: 'enterprise' } },
    });
  });

  it('done although the answer was lost: the next try finds it so', async () => {
    const buyer = await shop.customer();
    const path = `/v1/subscriptions/${buyer.subscription}`;
    await stripe.faults({ drop: true, afterExecuting: true, count: 3, method: 'POST', path });
    expect((await shop.upgrade(buyer.token)).status).toBe(503);
    await stripe.clearFaults();
    expect(await shop.upgrade(buyer.token)).toMatchObject({
      status: 200,
      body: { plan: { code: 'enterprise' } },
    });
    expect(new Set(await shop.keysOf(path)).size).toBe(1);
    await shop.tell();
    expect(await sql('SELECT FROM payments WHERE user_id = $1', buyer.id)).toHaveLength(2);
  });

  it('Stripe away: 503, and nothing changed', async () => {
    const buyer = await shop.customer();
    await stripe.faults({ status: 500, count: 3, path: '/v1/subscriptions' });
    const failed = await shop.upgrade(buyer.token);
    expect([failed.status, failed.body.code]).toEqual([503, 'billing_unavailable']);
    await stripe.clearFaults();
    expect(await me(buyer.token)).toMatchObject({ plan: { code: 'pro' } });
  });
});

describe('POST /billing/subscriptions/upgrade by a checkout', () => {
  it('the old one goes on until the new one is paid, and ends then', async () => {
    const buyer = await shop.customer();
    const { status, body } = await shop.upgrade(buyer.token, { mode: 'checkout' });
    expect([status, Object.keys(body).sort()]).toEqual([201, ['checkout_url', 'session_id']]);
    expect(await shop.upgrade(buyer.token, { mode: 'checkout' })).toMatchObject({ body });
    expect(await me(buyer.token)).toMatchObject({ plan: { code: 'pro' } });
    await stripe.completeSession(body.session_id ?? '');
    await shop.tell();
    await shop.tell();
    expect(await me(buyer.token)).toMatchObject({ plan: { code: 'enterprise' } });
    expect((await atStripe(buyer.subscription))?.status).toBe('canceled');
    expect(await subscriptionsOf(buyer.id)).toMatchObject([
      { code: 'pro', status: 'canceled', replaced: true },
      { code: 'enterprise', status: 'active', replaced: false },
    ]);
  });

  it('follows what an administrator gave, which has no end at Stripe', async () => {
    const owner = await newSession(service);
    await putSubscription(service, owner.id, { provider: 'manual', periodEnd: null });
    const prorated = await shop.upgrade(owner.token);
    expect([prorated.status, prorated.body.code]).toEqual([409, 'unsupported_by_provider']);
    const { status, body } = await shop.upgrade(owner.token, { mode: 'checkout' });
    expect(status).toBe(201);
    await stripe.completeSession(body.session_id ?? '');
    await shop.tell();
    expect(await me(owner.token)).toMatchObject({ plan: { code: 'enterprise' } });
    expect(await subscriptionsOf(owner.id)).toMatchObject([
      { code: 'pro', provider: 'manual', status: 'canceled', replaced: true },
      { code: 'enterprise', provider: 'stripe', status: 'active', replaced: false },
    ]);
  });

  it('is paid though the answer to the page was never told: 409, and the plan is there', async () => {
    const buyer = await shop.customer();
    const { body } = await shop.upgrade(buyer.token, { mode: 'checkout' });
    await stripe.completeSession(body.session_id ?? '');
    const again = await shop.upgrade(buyer.token, { mode: 'checkout' });
    expect([again.status, again.body.code]).toEqual([409, 'already_subscribed']);
    expect(await me(buyer.token)).toMatchObject({ plan: { code: 'enterprise' } });
  });
});

describe('who may not change the plan', () => {
  const modes = [{ mode: 'prorate' }, { mode: 'checkout' }] as const;
  const preview = '/subscriptions/upgrade/preview';

  it.each<[string, Parameters<typeof putSubscription>[2] | undefined, object, number, string]>([
    ['somebody without a subscription', undefined, {}, 404, 'no_subscription'],
    ['one whose subscription has ended', { status: 'canceled' }, {}, 404, 'no_subscription'],
    [
      'one whose granted time is over',
      { provider: 'manual', periodEnd: '-1 second' },
      {},
      404,
      'no_subscription',
    ],
    ['one with that plan', {}, { plan_code: 'pro' }, 409, 'already_subscribed'],
    ['one who cancelled', { cancelAtPeriodEnd: true }, {}, 409, 'subscription_canceling'],
    ['one who owes', { status: 'past_due', pastDueFor: '1 day' }, {}, 409, 'payment_past_due'],
    ['one who owes for long', { status: 'unpaid' }, {}, 409, 'payment_past_due'],
    ['one who has not paid at all yet', { status: 'incomplete' }, {}, 409, 'payment_past_due'],
    ['one who wants what is not there', {}, { plan_code: 'none' }, 404, 'plan_not_found'],
    ['one who wants what costs nothing', {}, { plan_code: 'free' }, 422, 'validation_failed'],
  ])('%s', async (_who, row, json, status, code) => {
    const { token, id } = await newSession(service);
    if (row) await putSubscription(service, id, row);
    for (const mode of modes) {
      const refused = await shop.upgrade(token, { ...mode, ...json });
      expect([refused.status, refused.body.code]).toEqual([status, code]);
    }
    const refused = await shop.post(preview, token, { plan_code: 'enterprise', ...json });
    expect([refused.status, refused.body.code]).toEqual([status, code]);
    expect(await shop.intents(id)).toEqual([]);
  });

  it.each([
    ['no mode', { mode: undefined }],
    ['another mode', { mode: 'free' }],
    ['a price', { price_cents: 1 }],
    ['another subscription', { subscription_id: 'sub_1' }],
    ['a trial', { trial_days: 30 }],
  ])('nobody who sends %s', async (_what, json) => {
    const { token, id } = await newSession(service);
    await putSubscription(service, id);
    expect((await shop.upgrade(token, json)).status).toBe(422);
  });
});

describe('cancel and resume', () => {
  let buyer: SignedIn & { subscription: string };
  beforeAll(async () => {
    buyer = await shop.customer();
  });
  const cancel = (token = buyer.token) => shop.post('/subscriptions/cancel', token);
  const resume = (token = buyer.token) => shop.post('/subscriptions/resume', token);

  it('lets it end with its period, takes that back, and again', async () => {
    expect(await resume()).toMatchObject({ status: 409, body: { code: 'not_canceling' } });
    for (let time = 0; time < 2; time += 1) {
      expect(await cancel()).toMatchObject({
        status: 200,
        body: { status: 'active', cancel_at_period_end: true, has_access: true },
      });
      expect((await atStripe(buyer.subscription))?.cancel_at_period_end).toBe(true);
      expect(await cancel()).toMatchObject({ status: 409, body: { code: 'already_canceling' } });
      expect(await resume()).toMatchObject({ status: 200, body: { cancel_at_period_end: false } });
      expect((await atStripe(buyer.subscription))?.cancel_at_period_end).toBe(false);
    }
    const keys = await shop.keysOf(`/v1/subscriptions/${buyer.subscription}`);
    expect(new Set(keys).size).toBe(4);
    await shop.tell();
    expect(await subscriptionsOf(buyer.id)).toMatchObject([
      { cancel_at_period_end: false, status: 'active' },
    ]);
  });

  it('tells of the cancellation by one mail', async () => {
    const owner = await shop.customer();
    await cancel(owner.token);
    await shop.tell();
    const mails = await sql(
      "SELECT FROM outbox WHERE user_id = $1 AND kind = 'subscription_canceled'",
      owner.id,
    );
    expect(mails).toHaveLength(1);
  });

  it('finds out that it ended at Stripe, where no webhook said so', async () => {
    for (const act of [cancel, (token: string) => shop.upgrade(token), resume]) {
      const owner = await shop.customer();
      if (act === resume) await cancel(owner.token);
      await stripe.mutate(owner.subscription, { status: 'canceled' });
      expect(await act(owner.token)).toMatchObject({ status: 404, body: { code: 'no_subscription' } });
      expect(await subscriptionsOf(owner.id)).toMatchObject([{ status: 'canceled' }]);
    }
  });

  it('ends at once what was never paid', async () => {
    const owner = await shop.customer();
    await stripe.mutate(owner.subscription, { status: 'incomplete' }, 'customer.subscription.updated');
    await shop.tell();
    expect(await cancel(owner.token)).toMatchObject({
      status: 200,
      body: { status: expect.stringMatching(/^(canceled|incomplete_expired)$/), has_access: false },
    });
    expect(await cancel(owner.token)).toMatchObject({ status: 404 });
  });

  it('of one that Stripe does not know: refused, left as it is, and told to a person', async () => {
    const owner = await newSession(service);
    await putSubscription(service, owner.id);
    expect(await cancel(owner.token)).toMatchObject({ status: 404, body: { code: 'no_subscription' } });
    expect(await me(owner.token)).toMatchObject({ status: 'active' });
    expect(await service.sql('SELECT kind FROM billing_alerts WHERE user_id = $1', [owner.id])).toEqual([
      { kind: 'unknown_subscription' },
    ]);
  });

  it('of what was cancelled in the portal as well', async () => {
    const owner = await shop.customer();
    const found = await atStripe(owner.subscription);
    const end = found?.items.data[0]?.current_period_end;
    await stripe.mutate(owner.subscription, { cancel_at: end }, 'customer.subscription.updated');
    await shop.tell();
    expect(await cancel(owner.token)).toMatchObject({ status: 409, body: { code: 'already_canceling' } });
    expect(await resume(owner.token)).toMatchObject({ status: 200, body: { cancel_at_period_end: false } });
  });

  it('of what an administrator gave: without Stripe, and only where it has an end', async () => {
    const owner = await newSession(service);
    await putSubscription(service, owner.id, { provider: 'manual' });
    const before = (await stripe.requests()).length;
    expect(await cancel(owner.token)).toMatchObject({
      status: 200,
      body: { provider: 'manual', cancel_at_period_end: true, has_access: true },
    });
    expect(await cancel(owner.token)).toMatchObject({ status: 409, body: { code: 'already_canceling' } });
    expect(await resume(owner.token)).toMatchObject({ status: 200, body: { cancel_at_period_end: false } });
    expect((await stripe.requests()).length).toBe(before);

    const endless = await newSession(service);
    await putSubscription(service, endless.id, { provider: 'manual', periodEnd: null });
    expect(await cancel(endless.token)).toMatchObject({
      status: 409,
      body: { code: 'unsupported_by_provider' },
    });
  });

  it('404 for whoever has none', async () => {
    const { token } = await newSession(service);
    for (const act of [cancel, resume]) {
      expect(await act(token)).toMatchObject({ status: 404, body: { code: 'no_subscription' } });
    }
  });

  it('Stripe away: 503, and nothing changed', async () => {
    await stripe.faults({ status: 503, count: 3, path: '/v1/subscriptions' });
    expect(await cancel()).toMatchObject({ status: 503, body: { code: 'billing_unavailable' } });
    await stripe.clearFaults();
    expect(await subscriptionsOf(buyer.id)).toMatchObject([{ cancel_at_period_end: false }]);
  });
});

describe('POST /billing/portal', () => {
  it('opens the page of the customer, who is made where there is none', async () => {
    const { token, id, email } = await newSession(service);
    const { status, body } = await shop.post('/portal', token);
    expect([status, body.url]).toEqual([201, expect.stringMatching(/^https?:/)]);
    const [row] = await sql('SELECT stripe_customer_id AS id FROM users WHERE id = $1', id);
    const made = (await shop.at('customer')).filter((one) => one.email === email);
    expect(made.map((one) => one.id)).toEqual([row?.id]);
    expect((await shop.post('/portal', token, { return_url: 'http://tollgate.test/x' })).status).toBe(201);
    expect((await shop.at('customer')).filter((one) => one.email === email)).toHaveLength(1);
    expect((await shop.subscribe(token)).status).toBe(201);
  });

  it('leads back to the frontend alone', async () => {
    const { token } = await newSession(service);
    const refused = await shop.post('/portal', token, { return_url: 'https://evil.test/' });
    expect(refused).toMatchObject({ status: 422, body: { errors: { return_url: expect.any(String) } } });
    expect((await shop.post('/portal', token, { customer: 'cus_1' })).status).toBe(422);
  });
});

describe('GET /billing/overview', () => {
  const overview = (token: string) =>
    service
      .fetch('/billing/overview', { token })
      .then(async (r) => ({ status: r.status, body: await r.json() }));

  it('says what is charged next, until it is cancelled', async () => {
    const buyer = await shop.customer();
    expect(await overview(buyer.token)).toMatchObject({
      status: 200,
      body: {
        subscription: { plan: { code: 'pro' }, has_access: true },
        plan: { code: 'pro' },
        upcoming_invoice: { amount_due_cents: 1_900, currency: 'USD', due_at: expect.any(String) },
        payments: [{ amount_cents: 1_900, status: 'succeeded' }],
      },
    });
    await shop.post('/subscriptions/cancel', buyer.token);
    expect(await overview(buyer.token)).toMatchObject({ body: { upcoming_invoice: null } });
  });

  it.each([
    ['away', { status: 503, count: 3 }],
    ['slow', { hangMs: 4_000, count: 3 }],
  ])('does not fail where Stripe is %s', async (_how, fault) => {
    const buyer = await shop.customer();
    await stripe.faults({ ...fault, path: '/v1/invoices' });
    const page = await overview(buyer.token);
    await stripe.clearFaults();
    expect(page).toMatchObject({ status: 200, body: { plan: { code: 'pro' }, upcoming_invoice: null } });
  });
});
