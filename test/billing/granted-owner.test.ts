import { beforeAll, beforeEach, expect, it } from 'vitest';
import { newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { useBilling } from '../support/billing.ts';
import { rounds } from '../support/rounds.ts';

type Subscription = { id: string; cancel_at_period_end: boolean; has_access: boolean; provider: string };

const billing = useBilling();
const { service, control } = billing;

let admin: SignedIn;
let owner: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});
beforeEach(async () => {
  owner = await newSession(service);
});

const grant = async (ends_at: string | null) => {
  const response = await service.post(
    '/admin/billing/subscriptions',
    { user_id: owner.id, plan_code: 'pro', ends_at },
    { token: admin.token },
  );
  expect(response.status).toBe(201);
  return response.json<Subscription>();
};
const act = (what: 'cancel' | 'resume') =>
  service.post(`/billing/subscriptions/${what}`, undefined, { token: owner.token });
const mine = async () => {
  const response = await service.fetch('/billing/subscriptions/me', { token: owner.token });
  return response.json<Subscription>();
};
const told = async () =>
  (await service.sql(`SELECT kind FROM outbox WHERE user_id = $1 AND kind LIKE 'subscription%'`, [owner.id]))
    .map(({ kind }) => kind)
    .sort();

const NEXT_YEAR = `${new Date().getUTCFullYear() + 1}-06-01T00:00:00.000Z`;

it('the owner of a granted subscription cancels and resumes it like any other', async () => {
  const { id } = await grant(NEXT_YEAR);
  const canceled = await act('cancel');
  expect([canceled.status, await canceled.json()]).toMatchObject([
    200,
    { id, provider: 'manual', cancel_at_period_end: true, has_access: true },
  ]);
  expect((await act('cancel')).status).toBe(409);
  expect(await (await act('resume')).json()).toMatchObject({ cancel_at_period_end: false });
  expect((await act('resume')).status).toBe(409);
  expect(await mine()).toMatchObject({ id, cancel_at_period_end: false, has_access: true });
  expect(await told()).toEqual(['subscription_canceled', 'subscription_started']);
});

it('of 30 cancellations at once one is told of', async () => {
  for (let round = 0; round < rounds(3); round++) {
    owner = await newSession(service);
    await grant(NEXT_YEAR);
    const responses = await Promise.all(Array.from({ length: 30 }, () => act('cancel')));
    expect(responses.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(await mine()).toMatchObject({ cancel_at_period_end: true });
    expect(await told()).toEqual(['subscription_canceled', 'subscription_started']);
  }
});

it('one without an end can’t be cancelled, and says why', async () => {
  await grant(null);
  const refused = await act('cancel');
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { code: 'unsupported_by_provider', detail: expect.stringContaining('without an end') },
  ]);
});

it('one ends when another plan is bought in its place, and its owner hears of that alone', async () => {
  const { id } = await grant(null);
  const upgrade = await service.post(
    '/billing/subscriptions/upgrade',
    { plan_code: 'enterprise', mode: 'checkout' },
    { token: owner.token },
  );
  expect(upgrade.status).toBe(201);
  expect(await mine()).toMatchObject({ id });
  const [intent] = await service.sql('SELECT provider_session_id FROM checkout_intents WHERE user_id = $1', [
    owner.id,
  ]);
  await control.completeSession(intent?.provider_session_id, { outcome: 'paid' });
  await billing.deliverEvents();
  expect(await mine()).toMatchObject({ provider: 'stripe', has_access: true });
  const [granted] = await service.sql('SELECT status, ended_at FROM subscriptions WHERE id = $1', [id]);
  expect(granted).toMatchObject({ status: 'canceled', ended_at: expect.anything() });
  expect(await told()).toEqual(['subscription_changed', 'subscription_started']);
});
