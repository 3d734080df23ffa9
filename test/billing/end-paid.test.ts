import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type * as z from 'zod';
import { endSubscription } from '../../src/billing/end-subscription.ts';
import { type Db, type Statement, statement } from '../../src/db/client.ts';
import { done } from '../../src/db/rows.ts';
import type { SubscriptionId, UserId } from '../../src/ids.ts';
import { type Account, newAccount, newAdmin, type SignedIn } from '../support/accounts.ts';
import { useBilling } from '../support/billing.ts';
import { buy } from '../support/purchases.ts';

const billing = useBilling();
const { service, control } = billing;

let admin: SignedIn;
let user: Account;
beforeAll(async () => {
  admin = await newAdmin(service);
});
beforeEach(async () => {
  user = await newAccount(service);
  await control.clearFaults();
});

const end = (id: string, overrides?: Record<string, unknown>) =>
  service.fetch(`/admin/billing/subscriptions/${id}/end`, { method: 'POST', token: admin.token }, overrides);
const audits = (id: string) =>
  service.sql('SELECT action, before, after FROM admin_audit_logs WHERE target_id = $1', [id]);
const mails = () =>
  service.sql(`SELECT FROM outbox WHERE user_id = $1 AND kind = 'subscription_ended'`, [user.id]);
const atStripe = async (id: string) => (await service.deps().seller?.subscription(id))?.status;

it('an administrator ends a paid subscription at Stripe, in two round trips', async () => {
  const { id, providerId } = await buy(billing, user);
  const trips = await service.roundTrips(async () => {
    const response = await end(id);
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { id, status: 'canceled', has_access: false },
    ]);
  });
  expect(trips).toBe(2);
  expect(await atStripe(providerId)).toBe('canceled');
  expect(await audits(id)).toMatchObject([
    {
      action: 'subscription.end',
      before: { status: 'active', ended_at: null },
      after: { status: 'canceled', ended_at: expect.any(String) },
    },
  ]);
  expect(await mails()).toHaveLength(1);
  expect((await end(id)).status).toBe(200);
  expect(await audits(id)).toHaveLength(1);
});

it('of many who end it at once it is written down once', async () => {
  const { id } = await buy(billing, user);
  const responses = await Promise.all(Array.from({ length: 20 }, () => end(id)));
  expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
  expect(await audits(id)).toHaveLength(1);
  expect(await mails()).toHaveLength(1);
});

it('Stripe away leaves everything as it was, and the next try ends it', async () => {
  const { id, providerId } = await buy(billing, user);
  await control.faults({ status: 500, count: 100 });
  const refused = await end(id);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'billing_unavailable' });
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  await control.clearFaults();
  expect(await atStripe(providerId)).toBe('active');
  expect(await audits(id)).toEqual([]);
  expect(await (await end(id)).json()).toMatchObject({ status: 'canceled' });
});

it('an answer of Stripe that was lost is made up for by the next try', async () => {
  const { id } = await buy(billing, user);
  await control.faults({ afterExecuting: true, status: 500, method: 'DELETE', count: 3 });
  await end(id);
  await control.clearFaults();
  expect(await (await end(id)).json()).toMatchObject({ status: 'canceled' });
  expect(await audits(id)).toHaveLength(1);
  expect(await mails()).toHaveLength(1);
});

it('one that Stripe doesn’t know any more has ended', async () => {
  const { id } = await buy(billing, user);
  await service.sql(
    `UPDATE subscriptions SET provider_subscription_id = 'sub_gone', applied_fence = 0 WHERE id = $1`,
    [id],
  );
  expect(await (await end(id)).json()).toMatchObject({ status: 'canceled', has_access: false });
  expect(await audits(id)).toHaveLength(1);
});

it('whoever is demoted while the act waits for another ends nothing at Stripe', async () => {
  const { id, providerId } = await buy(billing, user);
  const boss = await newAdmin(service);
  const [session] = await service.sql('SELECT id FROM sessions WHERE user_id = $1', [boss.id]);
  const { db, ...deps } = service.deps();
  const demotion = statement(done, sql`UPDATE users SET is_admin = false WHERE id = ${boss.id}::uuid`);
  const demoting = {
    ...db,
    batch: async (all: readonly Statement<z.ZodType>[]) =>
      (await db.batch(all.toSpliced(1, 0, demotion))).toSpliced(1, 1),
  } as Db;
  const acting = endSubscription(
    { ...deps, db: demoting },
    {
      claims: { userId: boss.id as UserId, sessionId: session?.id },
      origin: { requestId: 'r', ip: null, userAgent: null },
    },
    id as SubscriptionId,
  );
  await expect(acting).rejects.toMatchObject({ code: 'admin_required' });
  expect(await atStripe(providerId)).toBe('active');
  expect(await audits(id)).toEqual([]);
});

it('without Stripe there is nobody to end it at', async () => {
  const { id } = await buy(billing, user);
  const response = await end(id, { STRIPE_SECRET_KEY: '' });
  expect([response.status, await response.json()]).toMatchObject([503, { code: 'billing_not_configured' }]);
});

it('speaks with Stripe as Stripe would have it', async () => {
  expect(await control.violations()).toEqual([]);
});
