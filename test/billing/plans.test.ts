import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newAdmin } from '../support/accounts.ts';
import { plansOf, type WirePlan } from '../support/plans.ts';
import { useService } from '../support/service.ts';

const service = useService();
const list = async () => (await service.fetch('/billing/plans')).json<WirePlan[]>();
const idOf = async (code: string) => (await list()).find((plan) => plan.code === code)?.id ?? '';

describe('GET /billing/plans', () => {
  it('lists what is sold to everybody, the cheapest first', async () => {
    const response = await service.fetch('/billing/plans');
    expect(response.status).toBe(200);
    const plan = (code: string, price_cents: number, max_items: number, max_secondary: number) => ({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: code.replace(/^./, (first) => first.toUpperCase()),
      code,
      price_cents,
      currency: 'USD',
      billing_period: 'monthly',
      tier: code,
      is_active: true,
      trial_days: 0,
      limits: { max_items, max_secondary, api_access: true },
    });
    expect(await response.json()).toEqual([
      plan('free', 0, 10, 1),
      plan('pro', 1_900, 100, 10),
      plan('enterprise', 9_900, -1, -1),
    ]);
  });

  it('may be kept by others for as long as it is kept here', async () => {
    for (const path of ['/billing/plans', `/billing/plans/${await idOf('pro')}`]) {
      const response = await service.fetch(path);
      expect(response.headers.get('Cache-Control')).toBe('public, max-age=10');
    }
    const missing = await service.fetch(`/billing/plans/${crypto.randomUUID()}`);
    expect(missing.headers.get('Cache-Control')).toBe('no-store');
  });

  it('sorts plans of the same price by their code', async () => {
    const admin = plansOf(service, await newAdmin(service));
    const codes = ['b-b', 'a_z', 'a-z', 'b'];
    const made = [];
    for (const code of codes) made.push(await admin.made({ code, price_cents: 0 }));
    const listed = (await list()).map(({ code }) => code).filter((code) => codes.includes(code));
    expect(listed).toEqual(['a-z', 'a_z', 'b', 'b-b']);
    for (const { id } of made) await admin.delete(id);
  });
});

describe('GET /billing/plans/{id}', () => {
  it('answers one of them', async () => {
    const [free, pro] = await list();
    const response = await service.fetch(`/billing/plans/${pro?.id}`);
    expect(await response.json()).toEqual(pro);
    const shouted = await service.fetch(`/billing/plans/${free?.id.toUpperCase()}`);
    expect(await shouted.json()).toEqual(free);
  });

  it.each(['nonsense', '0', "x' OR 1=1", crypto.randomUUID()])('knows no plan %s', async (id) => {
    const response = await service.fetch(`/billing/plans/${encodeURIComponent(id)}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'plan_not_found' });
  });

  it('knows none that is sold no more', async () => {
    const admin = plansOf(service, await newAdmin(service));
    const { id } = await admin.made({ price_cents: 0 });
    expect((await service.fetch(`/billing/plans/${id}`)).status).toBe(200);
    expect((await admin.delete(id)).status).toBe(204);
    expect((await service.fetch(`/billing/plans/${id}`)).status).toBe(404);
    expect((await list()).map((plan) => plan.id)).not.toContain(id);
  });
});

describe('the copy of the plans', () => {
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterAll(() => void vi.useRealTimers());
  const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000);

  it('costs no round trip while it is fresh', async () => {
    const id = await idOf('pro');
    const trips = await service.roundTrips(async () => {
      expect((await service.fetch('/billing/plans')).status).toBe(200);
      expect((await service.fetch(`/billing/plans/${id}`)).status).toBe(200);
      expect((await service.fetch(`/billing/plans/${crypto.randomUUID()}`)).status).toBe(404);
      expect((await service.fetch('/billing/plans', { method: 'HEAD' })).status).toBe(200);
    });
    expect(trips).toBe(0);
  });

  it('shows a change of its own administrators at once, and others after ten seconds', async () => {
    later(11);
    const before = await list();
    await service.sql("UPDATE plans SET name = 'Professional' WHERE code = 'pro'");
    expect(await list()).toEqual(before);
    later(11);
    expect((await list()).map(({ name }) => name)).toContain('Professional');
    const admin = plansOf(service, await newAdmin(service));
    expect((await admin.change(await idOf('pro'), { name: 'Pro' })).status).toBe(200);
    expect((await list()).map(({ name }) => name)).toContain('Pro');
  });

  it('serves for five minutes while the database is away', async () => {
    later(11);
    const before = await list();
    await service.withoutDatabase(async () => {
      later(290);
      expect(await list()).toEqual(before);
      later(20);
      const response = await service.fetch('/billing/plans');
      expect(response.status).toBe(503);
      expect(response.headers.get('Retry-After')).toBeTruthy();
    });
    expect(await list()).toEqual(before);
  });

  it('is asked for once in ten seconds while the database is away, not by every visitor', async () => {
    later(11);
    await list();
    later(11);
    await service.withoutDatabase(list);
    // Back again, and not asked yet.
    expect(await service.roundTrips(list)).toBe(0);
    later(11);
    expect(await service.roundTrips(list)).toBe(1);
  });

  it('is there for nobody when there never was one', async () => {
    await service.withoutDatabase(async () => {
      expect((await service.fetch('/billing/plans', {}, {})).status).toBe(503);
    });
  });
});
