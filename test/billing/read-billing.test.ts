import { describe, expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { planId, putPayment, putSubscription, type Row } from '../support/put-subscription.ts';
import { useService } from '../support/service.ts';

const service = useService();

type Problem = { code: string };

describe('GET /billing/subscriptions/me', () => {
  it.each<[string, Row]>([
    ['one that is active', {}],
    ['one on trial', { status: 'trialing' }],
    ['a cancelled one until its period ends', { cancelAtPeriodEnd: true, periodEnd: '1 minute' }],
    ['one that is being renewed', { periodEnd: '-2 hours' }],
    ['one past due within the grace', { status: 'past_due', pastDueFor: '6 days 23 hours' }],
    ['a granted one without an end', { provider: 'manual', periodEnd: null }],
  ])('answers %s', async (_what, row) => {
    const { id, token } = await newSession(service);
    await putSubscription(service, id, row);
    const response = await service.fetch('/billing/subscriptions/me', { token });
    expect(response.status).toBe(200);
    const { plan, ...subscription } = await response.json<{ plan: object }>();
    expect(subscription).toMatchObject({
      user_id: id,
      plan_id: await planId(service, 'pro'),
      status: row.status ?? 'active',
      provider: row.provider ?? 'stripe',
      cancel_at_period_end: row.cancelAtPeriodEnd ?? false,
      has_access: true,
    });
    expect(plan).toMatchObject({ code: 'pro', price_cents: 1_900, limits: { max_items: 100 } });
  });

  it.each<[string, Row | undefined]>([
    ['none', undefined],
    ['a cancelled one whose period is over', { cancelAtPeriodEnd: true, periodEnd: '-1 second' }],
    ['one past due beyond the grace', { status: 'past_due', pastDueFor: '7 days 1 second' }],
    ['one that nobody pays', { status: 'unpaid' }],
    ['one that is not paid yet', { status: 'incomplete' }],
    ['one that is paused', { status: 'paused' }],
    ['one that has ended', { status: 'canceled' }],
    ['one of a status nobody knows', { status: 'unknown' }],
    ['one that is disputed', { suspended: true }],
    ['one whose price belongs to no plan', { code: null }],
    ['a granted one that is over', { provider: 'manual', periodEnd: '-1 second' }],
  ])('404 no_subscription for %s', async (_what, row) => {
    const { id, token } = await newSession(service);
    if (row) await putSubscription(service, id, row);
    const response = await service.fetch('/billing/subscriptions/me', { token });
    expect([response.status, (await response.json<Problem>()).code]).toEqual([404, 'no_subscription']);
  });

  it('of several answers that of the highest tier, and never another’s', async () => {
    const [own, other] = [await newSession(service), await newSession(service)];
    await putSubscription(service, own.id, { code: 'enterprise' });
    await putSubscription(service, own.id, { code: 'pro' });
    const me = (token: string) => service.fetch('/billing/subscriptions/me', { token });
    expect(await (await me(own.token)).json()).toMatchObject({ plan: { code: 'enterprise' } });
    expect((await me(other.token)).status).toBe(404);
  });
});

describe('GET /billing/payments/me', () => {
  it('lists the own ones, the newest first, page by page', async () => {
    const [own, other] = [await newSession(service), await newSession(service)];
    const invoices = [];
    for (const minutesAgo of [3, 2, 1]) invoices.unshift(await putPayment(service, own.id, { minutesAgo }));
    await putPayment(service, other.id);
    type Page = { data: { provider_invoice_id: string }[]; total: number; next_offset: number | null };
    const list = (query: string) =>
      service.fetch(`/billing/payments/me${query}`, { token: own.token }).then((r) => r.json<Page>());
    const all = await list('');
    expect(all).toMatchObject({ total: 3, limit: 10, offset: 0, next_offset: null, prev_offset: null });
    expect(all.data.map((one) => one.provider_invoice_id)).toEqual(invoices);
    expect(all.data[0]).toMatchObject({ amount_cents: 1_900, currency: 'USD', status: 'succeeded' });
    const second = await list('?limit=2&offset=2');
    expect(second).toMatchObject({ total: 3, next_offset: null, prev_offset: 0 });
    expect(second.data.map((one) => one.provider_invoice_id)).toEqual(invoices.slice(2));
  });
});

describe('GET /billing/overview', () => {
  it('of somebody without a subscription: the free plan', async () => {
    const { token } = await newSession(service);
    const response = await service.fetch('/billing/overview', { token });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      subscription: null,
      plan: { code: 'free' },
      usage: [
        { metric: 'items', used: 0, limit: 10, remaining: 10 },
        { metric: 'secondary', used: 0, limit: 1, remaining: 1 },
      ],
      upcoming_invoice: null,
      payments: [],
    });
  });

  it('of somebody who owes: the subscription without access, the free plan, the last payments', async () => {
    const { id, token } = await newSession(service);
    await putSubscription(service, id, { status: 'unpaid' });
    for (const minutesAgo of [1, 2, 3, 4, 5, 6]) await putPayment(service, id, { minutesAgo });
    const overview = await service
      .fetch('/billing/overview', { token })
      .then((r) => r.json<{ payments: unknown[] }>());
    expect(overview).toMatchObject({
      subscription: { status: 'unpaid', has_access: false },
      plan: { code: 'free' },
      upcoming_invoice: null,
    });
    expect(overview.payments).toHaveLength(5);
  });

  it('of somebody whose plan was granted: that plan', async () => {
    const { id, token } = await newSession(service);
    await putSubscription(service, id, { provider: 'manual', code: 'enterprise', periodEnd: null });
    expect(await (await service.fetch('/billing/overview', { token })).json()).toMatchObject({
      subscription: { provider: 'manual', has_access: true },
      plan: { code: 'enterprise' },
      upcoming_invoice: null,
    });
  });
});

describe('the guard of every route about a subscription', () => {
  const routes: [string, string, object?][] = [
    ['GET', '/billing/subscriptions/me'],
    ['GET', '/billing/payments/me'],
    ['GET', '/billing/overview'],
    ['POST', '/billing/subscriptions/subscribe', { plan_code: 'pro' }],
    ['POST', '/billing/subscriptions/upgrade', { plan_code: 'pro', mode: 'prorate' }],
    ['POST', '/billing/subscriptions/upgrade', { plan_code: 'pro', mode: 'checkout' }],
    ['POST', '/billing/subscriptions/upgrade/preview', { plan_code: 'pro' }],
    ['POST', '/billing/subscriptions/cancel'],
    ['POST', '/billing/subscriptions/resume'],
    ['POST', '/billing/portal'],
  ];
  const call = async (
    [method, path, json]: [string, string, object?],
    token: string | undefined,
    variables?: Record<string, string>,
  ) => {
    const response = await service.fetch(path, { method, json, ...(token && { token }) }, variables);
    return [response.status, (await response.json<Problem>()).code];
  };
  /** Nobody listens there: whoever is refused must be so before Stripe is asked. */
  const stripe = { STRIPE_SECRET_KEY: 'sk_test_nobody', STRIPE_API_URL: 'http://127.0.0.1:9' };

  it.each(routes)('%s %s refuses whoever may not', async (...route) => {
    expect(await call(route, undefined, stripe)).toEqual([401, 'invalid_token']);
    const unverified = await newSession(service, { verified: false });
    expect(await call(route, unverified.token, stripe)).toEqual([403, 'email_not_verified']);
    const ended = await newSession(service);
    await service.post('/logout', undefined, { cookie: ended.cookie });
    expect(await call(route, ended.token, stripe)).toEqual([401, 'invalid_token']);
    const disabled = await newSession(service);
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [disabled.id]);
    expect(await call(route, disabled.token, stripe)).toEqual([403, 'account_disabled']);
    expect(await service.sql('SELECT FROM checkout_intents')).toHaveLength(0);
  });

  it.each(routes.filter(([method]) => method === 'POST'))(
    '%s %s says so where nothing is sold',
    async (...route) => {
      const { id, token } = await newSession(service);
      await putSubscription(service, id, { code: 'enterprise' });
      expect(await call(route, token)).toEqual([503, 'billing_not_configured']);
    },
  );
});
