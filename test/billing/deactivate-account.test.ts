import { expect, it } from 'vitest';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { buy, stripeVariables } from '../support/purchases.ts';
import { useService } from '../support/service.ts';
import { stripeAccount } from '../support/stripe.ts';
import { haveSubscription } from '../support/subscriptions.ts';

const stripe = stripeAccount();
const service = useService(stripeVariables(stripe));

const deactivate = (session: SignedIn) => service.post('/deactivate', undefined, { token: session.token });
const tasks = (id: string) =>
  service.sql(`SELECT kind, status FROM billing_tasks WHERE payload ->> 'subscription_id' = $1`, [id]);
const sweep = async () => {
  await service.sql('UPDATE billing_tasks SET next_attempt_at = now()');
  await service.runCron();
};

it('a deactivated account is charged no more: its subscription runs out with the period that is paid', async () => {
  const session = await newSession(service);
  const { id, providerId } = await buy(service, stripe, session);
  const trips = await service.roundTrips(async () => expect((await deactivate(session)).status).toBe(200));
  expect(trips).toBe(2);
  expect(await tasks(providerId)).toEqual([{ kind: 'cancel_at_period_end', status: 'pending' }]);
  await sweep();
  expect(await tasks(providerId)).toEqual([{ kind: 'cancel_at_period_end', status: 'done' }]);
  expect(await service.deps().seller?.subscription(providerId)).toMatchObject({
    status: 'active',
    cancelAtPeriodEnd: true,
  });
  expect(
    await service.sql('SELECT status, cancel_at_period_end FROM subscriptions WHERE id = $1', [id]),
  ).toEqual([{ status: 'active', cancel_at_period_end: true }]);
});

it('Stripe away keeps nobody from deactivating, and the cancellation waits', async () => {
  const session = await newSession(service);
  const { providerId } = await buy(service, stripe, session);
  await stripe.control.faults({ status: 500, count: 100 });
  expect((await deactivate(session)).status).toBe(200);
  await sweep();
  await stripe.control.clearFaults();
  expect(await tasks(providerId)).toEqual([{ kind: 'cancel_at_period_end', status: 'pending' }]);
  await sweep();
  expect(await service.deps().seller?.subscription(providerId)).toMatchObject({ cancelAtPeriodEnd: true });
});

it('is asked for once by many at once, and not for what was granted or is cancelled already', async () => {
  const session = await newSession(service);
  const paid = `sub_${crypto.randomUUID()}`;
  await haveSubscription(service, session.id, { provider_subscription_id: paid });
  for (const row of [
    { provider: 'manual', provider_subscription_id: `manual_${crypto.randomUUID()}` },
    { provider_subscription_id: `sub_${crypto.randomUUID()}`, cancel_at_period_end: true },
    { provider_subscription_id: `sub_${crypto.randomUUID()}`, status: 'canceled' },
  ]) {
    await haveSubscription(service, session.id, row);
  }
  const before = await service.sql('SELECT id FROM billing_tasks');
  await Promise.all(Array.from({ length: 20 }, () => deactivate(session)));
  expect(await tasks(paid)).toHaveLength(1);
  expect(await service.sql('SELECT id FROM billing_tasks')).toHaveLength(before.length + 1);
});

it('nothing is asked for when the deactivation was refused', async () => {
  const session = await newSession(service);
  const paid = `sub_${crypto.randomUUID()}`;
  await haveSubscription(service, session.id, { provider_subscription_id: paid });
  await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [session.id]);
  expect((await deactivate(session)).status).toBe(403);
  expect(await tasks(paid)).toEqual([]);
});
