import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../src/auth/ports.ts';
import { buildDeps, type Deployment, settingsOf } from '../../src/deps.ts';
import { AppError } from '../../src/errors.ts';
import { FEATURES } from '../../src/usage/features.ts';
import { METRICS } from '../../src/usage/metrics.ts';
import { readEntitlements, readUsage } from '../../src/usage/read-usage.ts';
import { recordUsage } from '../../src/usage/record-usage.ts';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { withoutApiAccess } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

const service = useService();

type Row = {
  metric: string;
  used: number;
  limit: number;
  remaining: number | null;
  period_start: string;
  period_end: string;
};
type Usage = { period_start: string; period_end: string; data: Row[] };

const usage = async ({ token }: SignedIn) => {
  const response = await service.fetch('/usage', { token });
  expect(response.status).toBe(200);
  return response.json<Usage>();
};
const entitlements = async ({ token }: SignedIn) => {
  const response = await service.fetch('/billing/entitlements', { token });
  expect(response.status).toBe(200);
  return response.json<{ tier: string; limits: object; usage: Row[]; features: string[] }>();
};
const post = ({ token }: SignedIn, quantity = 1, metric = 'items') =>
  service.post('/usage', { metric, quantity, idempotency_key: crypto.randomUUID() }, { token });
const used = async (session: SignedIn) => (await usage(session)).data[0]?.used;
const change = (userId: string, set: string, ...values: unknown[]) =>
  service.sql(`UPDATE subscriptions SET ${set} WHERE user_id = $1`, [userId, ...values]);

/** The calendar month by the database's clock. */
async function thisMonth() {
  const [month] = await service.sql(
    `SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS period_start,
            to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS period_end`,
  );
  return month as { period_start: string; period_end: string };
}

describe('GET /usage', () => {
  it('has a row for each metric, also before anything was used', async () => {
    const session = await newSession(service);
    await post(session, 4);
    const month = await thisMonth();
    expect(await usage(session)).toEqual({
      ...month,
      data: [
        { metric: 'items', used: 4, limit: 10, remaining: 6, ...month },
        { metric: 'secondary', used: 0, limit: 1, remaining: 1, ...month },
      ],
    });
  });

  it('is of the own account alone', async () => {
    const [one, other] = [await newSession(service), await newSession(service)];
    await post(one, 4);
    expect(await used(other)).toBe(0);
  });
});

describe('the period', () => {
  it('is the subscription’s, to the millisecond', async () => {
    const session = await newSession(service);
    const period = { current_period_start: inDays(-3), current_period_end: inDays(27) };
    await haveSubscription(service, session.id, period);
    await post(session);
    expect(await usage(session)).toMatchObject({
      period_start: period.current_period_start,
      period_end: period.current_period_end,
      data: [{ used: 1, limit: 100 }, { limit: 10 }],
    });
  });

  it('begins anew at once when the row says so, and an old one comes back with nothing lost', async () => {
    const session = await newSession(service);
    await post(session, 2);
    await haveSubscription(service, session.id);
    expect(await used(session)).toBe(0);
    await post(session, 30);
    const [before] = await service.sql('SELECT current_period_start FROM subscriptions WHERE user_id = $1', [
      session.id,
    ]);
    await change(
      session.id,
      'current_period_start = current_period_end, current_period_end = $2',
      inDays(60),
    );
    expect(await used(session)).toBe(0);
    await post(session, 5);
    expect(await used(session)).toBe(5);
    await change(session.id, 'current_period_start = $2', before?.current_period_start);
    expect(await used(session)).toBe(30);
    await change(session.id, `status = 'canceled'`);
    expect(await used(session)).toBe(2);
  });

  it('stays through a change of plan, with what was used in it', async () => {
    const session = await newSession(service);
    await haveSubscription(service, session.id, { plan_code: 'enterprise' });
    await post(session, 150);
    await change(session.id, `plan_id = (SELECT id FROM plans WHERE code = 'pro')`);
    expect((await usage(session)).data[0]).toMatchObject({ used: 150, limit: 100, remaining: 0 });
    expect((await post(session)).status).toBe(402);
    await change(session.id, `plan_id = (SELECT id FROM plans WHERE code = 'enterprise')`);
    expect(await (await post(session)).json()).toMatchObject({ used: 151, limit: -1, remaining: null });
  });

  it.each<[string, object]>([
    ['granted without an end', { provider: 'manual', current_period_end: null }],
    ['whose period nobody knows', { current_period_start: null }],
  ])('of a subscription %s is the calendar month', async (_what, row) => {
    const session = await newSession(service);
    await haveSubscription(service, session.id, { ...row });
    await post(session, 20);
    const month = await thisMonth();
    expect(await usage(session)).toMatchObject({ ...month, data: [{ used: 20, limit: 100 }, {}] });
  });

  it('of one that is just being renewed is the old one until we are told', async () => {
    const session = await newSession(service);
    const period = { current_period_start: inDays(-30), current_period_end: inDays(-0.01) };
    await haveSubscription(service, session.id, period);
    await post(session, 7);
    expect(await usage(session)).toMatchObject({
      period_end: period.current_period_end,
      data: [{ used: 7 }, {}],
    });
  });

  it('is judged by the database’s timestamps: of one that is over nothing counts', async () => {
    const session = await newSession(service);
    await haveSubscription(service, session.id, {
      cancel_at_period_end: true,
      current_period_start: inDays(-30),
      current_period_end: inDays(-0.01),
    });
    expect(await usage(session)).toMatchObject({ ...(await thisMonth()), data: [{ limit: 10 }, {}] });
  });

  it('of several subscriptions is that of the highest tier', async () => {
    const session = await newSession(service);
    const start = inDays(-9);
    await haveSubscription(service, session.id, { plan_code: 'enterprise', current_period_start: start });
    await haveSubscription(service, session.id, { plan_code: 'pro' });
    expect(await usage(session)).toMatchObject({
      period_start: start,
      data: [{ limit: -1, remaining: null }, {}],
    });
  });
});

describe('GET /billing/entitlements', () => {
  it('of the free plan', async () => {
    const session = await newSession(service);
    await post(session, 3);
    expect(await entitlements(session)).toEqual({
      tier: 'free',
      limits: { max_items: 10, max_secondary: 1, api_access: true },
      usage: (await usage(session)).data,
      features: ['api_access'],
    });
  });

  it('of a subscription, and at once not any more when it ends', async () => {
    const session = await newSession(service);
    await haveSubscription(service, session.id, { plan_code: 'enterprise' });
    expect(await entitlements(session)).toMatchObject({
      tier: 'enterprise',
      limits: { max_items: -1, max_secondary: -1 },
      usage: [{ metric: 'items', limit: -1, remaining: null }, { metric: 'secondary' }],
    });
    await change(session.id, `status = 'unpaid'`);
    expect((await entitlements(session)).tier).toBe('free');
  });

  it('leaves out a feature that the plan does not have', async () => {
    const session = await newSession(service);
    await withoutApiAccess(service, 'free', async () => {
      expect(await entitlements(session)).toMatchObject({ limits: { api_access: false }, features: [] });
    });
  });

  it('allows nothing where there is not even a free plan', async () => {
    const session = await newSession(service);
    await service.sql(`UPDATE plans SET code = 'renamed' WHERE code = 'free'`);
    expect(await entitlements(session)).toMatchObject({
      tier: 'free',
      limits: { max_items: 0, max_secondary: 0, api_access: false },
      features: [],
    });
    expect((await post(session)).status).toBe(402);
    await service.sql(`UPDATE plans SET code = 'free' WHERE code = 'renamed'`);
  });

  it('says the same of usage as the billing page', async () => {
    const session = await newSession(service);
    await haveSubscription(service, session.id);
    await post(session, 12);
    const overview = await service.fetch('/billing/overview', { token: session.token });
    const { usage: shown } = await overview.json<{ usage: Row[] }>();
    expect(shown).toEqual((await entitlements(session)).usage);
    expect(shown[0]).toMatchObject({ used: 12, limit: 100 });
  });

  it.each(['/usage', '/billing/entitlements'])('%s refuses whoever may not', async (path) => {
    const get = async (token?: string) => (await service.fetch(path, token ? { token } : {})).status;
    expect(await get()).toBe(401);
    expect(await get((await newSession(service, { verified: false })).token)).toBe(403);
    const ended = await newSession(service);
    await service.post('/logout', undefined, { cookie: ended.cookie });
    expect(await get(ended.token)).toBe(401);
    await service.withoutDatabase(async () => expect(await get(ended.token)).toBe(503));
  });
});

describe('a deployment that counts something else', () => {
  const deployment: Deployment = {
    metrics: [
      ...METRICS,
      { name: 'exports', limit: { free: 0, pro: 3, enterprise: -1 } },
      {
        name: 'signed_in',
        limit: { free: 2, pro: 5, enterprise: -1 },
        usageOf: (userId) => sql`SELECT count(*) FROM sessions WHERE sessions.user_id = ${userId}`,
      },
    ],
    features: { ...FEATURES, reports: ({ tier }) => tier !== 'free' },
  };
  const variables = service.environment();
  const deps = () => buildDeps(settingsOf(variables), variables, { waitUntil: () => undefined }, deployment);
  const callerOf = async ({ token }: SignedIn): Promise<Caller> => {
    const claims = await deps().accessTokens.verify(token);
    if (!claims) throw new Error('not a token');
    return { claims };
  };
  const report = { quantity: 2, idempotencyKey: 'a' };

  it('has limits of its own for each tier', async () => {
    const session = await newSession(service);
    const caller = await callerOf(session);
    const record = () => recordUsage(deps(), caller, { ...report, metric: 'exports' });
    await expect(record()).rejects.toMatchObject({ code: 'limit_exceeded' });
    await haveSubscription(service, session.id);
    expect((await record()).recorded).toEqual({ metric: 'exports', used: 2, limit: 3, remaining: 1 });
    await change(session.id, `plan_id = (SELECT id FROM plans WHERE code = 'enterprise')`);
    expect((await readUsage(deps(), caller)).usage[2]).toMatchObject({ used: 2, limit: -1, remaining: null });
  });

  it('shows what its own tables say, and takes no report of it', async () => {
    const session = await newSession(service);
    const caller = await callerOf(session);
    const { usage: shown } = await readEntitlements(deps(), caller);
    expect(shown[3]).toMatchObject({ metric: 'signed_in', used: 1, limit: 2, remaining: 1 });
    const refused = recordUsage(deps(), caller, { ...report, metric: 'signed_in' });
    await expect(refused).rejects.toThrow(AppError);
    await expect(refused).rejects.toMatchObject({
      code: 'validation_failed',
      errors: { metric: expect.stringContaining('counted where it is used') },
    });
  });

  it('shows it on the billing page, too, and has features of its own', async () => {
    const session = await newSession(service);
    await haveSubscription(service, session.id);
    const caller = await callerOf(session);
    expect((await readEntitlements(deps(), caller)).features).toEqual(['api_access', 'reports']);
    const [standing] = await service.deps().db.query(deps().readUsage(sql`${session.id}::uuid`));
    expect(standing?.usage.map(({ metric }) => metric)).toEqual([
      'items',
      'secondary',
      'exports',
      'signed_in',
    ]);
  });
});
