import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import { createService, requirePlan } from '../../src/index.ts';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscriptions.ts';

const service = useService({ BILLING_GRACE_PERIOD: '3600' });

/** Somebody's own app, with routes of their own that a plan opens. */
const paid = createService({ deps: () => service.deps() })
  .get('/reports', requirePlan('pro'), (c) =>
    c.json({ user: c.var.user.id, tier: c.var.entitlement.tier, id: c.var.entitlement.subscription?.id }),
  )
  .get('/audits', requirePlan('enterprise'), (c) => c.json({ tier: c.var.entitlement.tier }))
  .get('/hello', requirePlan('free', { unverified: true }), (c) => c.json(c.var.entitlement));
const host = new Hono().route('/shop', paid);
const get = (path: string, token?: string) =>
  host.request(`/shop${path}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });

let session: SignedIn;
beforeEach(async () => {
  session = await newSession(service);
});
const report = () => get('/reports', session.token);
/** Seconds from now, by the clock of the database. */
const shift = (id: string, column: string, seconds: number) =>
  service.sql(`UPDATE subscriptions SET ${column} = now() + make_interval(secs => $2) WHERE id = $1`, [
    id,
    seconds,
  ]);

describe('a route behind requirePlan', () => {
  it('answers who has the tier, and knows the account and the subscription without asking again', async () => {
    const id = await haveSubscription(service, session.id);
    const trips = await service.roundTrips(async () => {
      const response = await report();
      expect([response.status, await response.json()]).toEqual([200, { user: session.id, tier: 'pro', id }]);
    });
    expect(trips).toBe(1);
  });

  it('refuses who has not, with a word for programs and the tier for people', async () => {
    const trips = await service.roundTrips(async () => {
      const response = await report();
      expect(response.status).toBe(402);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({
        code: 'plan_required',
        detail: expect.stringContaining('"pro"'),
      });
    });
    expect(trips).toBe(1);
  });

  it('takes a higher tier for a lower one, and not the other way about', async () => {
    await haveSubscription(service, session.id);
    expect((await get('/audits', session.token)).status).toBe(402);
    await haveSubscription(service, session.id, { plan_code: 'enterprise' });
    expect((await get('/audits', session.token)).status).toBe(200);
    expect(await (await report()).json()).toMatchObject({ tier: 'enterprise' });
  });

  it('lets everybody through to the free tier whom its policy lets through', async () => {
    const unverified = await newSession(service, { verified: false });
    const response = await get('/hello', unverified.token);
    expect([response.status, await response.json()]).toEqual([200, { tier: 'free' }]);
    const refused = await get('/reports', unverified.token);
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'email_not_verified' }]);
  });

  it('asks for a token before it asks the database, and for an account that stands', async () => {
    expect(await service.roundTrips(async () => expect((await get('/reports')).status).toBe(401))).toBe(0);
    await haveSubscription(service, session.id);
    await service.post('/deactivate', undefined, { token: session.token });
    expect((await report()).status).toBe(403);
  });
});

describe('access is judged by the timestamps in the database: it', () => {
  const opens = async () => (await report()).status === 200;
  const MOMENT_SECONDS = 30;

  it.each(['trialing', 'active'])('opens for one that is %s', async (status) => {
    await haveSubscription(service, session.id, { status });
    expect(await opens()).toBe(true);
  });

  it.each(['incomplete', 'incomplete_expired', 'unpaid', 'paused', 'canceled', 'unknown', 'gold'])(
    'stays shut for one that is %s',
    async (status) => {
      await haveSubscription(service, session.id, { status });
      expect(await opens()).toBe(false);
    },
  );

  it('opens for one that was cancelled until its period ends, and no longer', async () => {
    const id = await haveSubscription(service, session.id, { cancel_at_period_end: true });
    await shift(id, 'current_period_end', MOMENT_SECONDS);
    expect(await opens()).toBe(true);
    await shift(id, 'current_period_end', 0);
    expect(await opens()).toBe(false);
  });

  it('gives a renewal that is late a day', async () => {
    const id = await haveSubscription(service, session.id);
    await shift(id, 'current_period_end', -86_400 + MOMENT_SECONDS);
    expect(await opens()).toBe(true);
    await shift(id, 'current_period_end', -86_400);
    expect(await opens()).toBe(false);
  });

  it('gives a granted one none: nobody renews it', async () => {
    const id = await haveSubscription(service, session.id, { provider: 'manual', current_period_end: null });
    expect(await opens()).toBe(true);
    await shift(id, 'current_period_end', MOMENT_SECONDS);
    expect(await opens()).toBe(true);
    await shift(id, 'current_period_end', 0);
    expect(await opens()).toBe(false);
  });

  it('opens for a payment that is due until the grace is over', async () => {
    const id = await haveSubscription(service, session.id, { status: 'past_due' });
    await shift(id, 'past_due_since', -3_600 + MOMENT_SECONDS);
    expect(await opens()).toBe(true);
    await shift(id, 'past_due_since', -3_600);
    expect(await opens()).toBe(false);
  });

  it('stays shut while a dispute is open', async () => {
    await haveSubscription(service, session.id, { suspended_at: inDays(-1) });
    expect(await opens()).toBe(false);
  });

  it('stays shut for a price that belongs to no plan', async () => {
    await haveSubscription(service, session.id, { plan_code: 'nothing of ours' });
    expect(await opens()).toBe(false);
  });

  it('is no other account’s', async () => {
    await haveSubscription(service, (await newSession(service)).id);
    expect(await opens()).toBe(false);
  });
});
