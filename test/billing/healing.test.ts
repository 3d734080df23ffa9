import { describe, expect, it } from 'vitest';
import { applyState } from '../../src/billing/apply.ts';
import { raiseFence } from '../../src/billing/fence-store.ts';
import { purchase, sellerOf, useBilling } from '../support/billing.ts';
import { billingRows } from '../support/billing-rows.ts';
import type { HeldEvent } from '../support/stripe.ts';

const billing = useBilling();
const { service, control } = billing;

/** A purchase of which no event has arrived, and the event that the buyer waits for. */
async function paid() {
  const bought = await purchase(billing);
  const events = await control.events('checkout.session.completed', 'customer.subscription.created');
  const about = (id: string) => (held: HeldEvent) =>
    JSON.stringify(held.event.data.object).includes(id) && held;
  const completed = events.filter(about(bought.id)).at(-1) as HeldEvent;
  const created = events.filter(
    ({ event }) => (event.data.object as { id: string }).id === bought.subscriptionId,
  )[0] as HeldEvent;
  return { ...bought, completed, created };
}

const rowOf = async ({ event }: HeldEvent) =>
  (
    await service.sql('SELECT status, attempts, deliveries, last_error FROM stripe_events WHERE id = $1', [
      event.id,
    ])
  )[0];

/** As if the lease or the wait were over. */
const laterFor = ({ event }: HeldEvent) =>
  service.sql(
    `UPDATE stripe_events SET locked_until = now() - interval '1 s', next_attempt_at = now() - interval '1 s' WHERE id = $1`,
    [event.id],
  );

describe('a death between two steps', () => {
  it('before the event was written: 503, and Stripe sends it again', async () => {
    const { account, completed } = await paid();
    const response = await service.withoutDatabase(() => billing.webhook(completed));
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBeTruthy();
    expect(await rowOf(completed)).toBeUndefined();
    expect((await billing.webhook(completed)).status).toBe(200);
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'active' }]);
  });

  it('after it was written, with the queue lost: the cron works it off', async () => {
    const { account, created } = await paid();
    expect((await billing.webhook(created)).status).toBe(200);
    service.billingQueued.length = 0;
    expect(await rowOf(created)).toMatchObject({ status: 'received' });
    await laterFor(created);
    await service.runCron();
    expect(await rowOf(created)).toMatchObject({ status: 'done', attempts: 1 });
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'active' }],
      mails: ['subscription_started'],
    });
  });

  it('with the database gone when it comes to writing: 503, unprocessed, and done when Stripe asks again', async () => {
    const { account, completed } = await paid();
    await control.faults({ hangMs: 600, path: '/v1/subscriptions', count: 1 });
    const answer = billing.webhook(completed);
    await scheduler.wait(300);
    const response = await service.withoutDatabase(() => answer);
    expect(response.status).toBe(503);
    expect(await rowOf(completed)).toMatchObject({ status: 'processing' });
    expect((await billingRows(service, account.id)).subscriptions).toEqual([]);
    // Too soon: whoever began may still be at it.
    expect((await billing.webhook(completed)).status).toBe(200);
    expect((await billingRows(service, account.id)).subscriptions).toEqual([]);
    await laterFor(completed);
    await service.runCron();
    expect(await rowOf(completed)).toMatchObject({ status: 'done', deliveries: 2 });
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'active' }],
      payments: [{ status: 'succeeded' }],
      mails: ['subscription_started'],
    });
  });

  it.each([429, 500, 503])('with Stripe answering %i: kept, and tried again', async (status) => {
    const { account, created } = await paid();
    await control.faults({ status, path: '/v1/subscriptions', count: 3 });
    expect((await billing.webhook(created)).status).toBe(200);
    await service.workOffBilling();
    expect(await rowOf(created)).toMatchObject({ status: 'failed', last_error: 'billing_unavailable' });
    await control.clearFaults();
    // Not before its time.
    await service.runCron();
    expect(await rowOf(created)).toMatchObject({ status: 'failed' });
    await laterFor(created);
    await service.runCron();
    expect(await rowOf(created)).toMatchObject({ status: 'done', last_error: null });
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'active' }]);
  });

  it('an event that cannot be worked off for three days is dead, and left for a person', async () => {
    const { created } = await paid();
    await control.faults({ status: 500, path: '/v1/subscriptions', count: 100 });
    await billing.webhook(created);
    await service.sql(`UPDATE stripe_events SET created_at = now() - interval '73 hours' WHERE id = $1`, [
      created.event.id,
    ]);
    await service.workOffBilling();
    await control.clearFaults();
    expect(await rowOf(created)).toMatchObject({ status: 'dead', attempts: 1 });
    await laterFor(created);
    await service.runCron();
    expect(await rowOf(created)).toMatchObject({ status: 'dead', attempts: 1 });
  });
});

describe('a fetch that is older than what was written', () => {
  it('loses, however late it is written', async () => {
    const { account, subscriptionId } = await paid();
    const deps = service.deps();
    const seller = sellerOf(service);
    const fence = async () => (await deps.db.query(raiseFence(subscriptionId)))[0]?.fence ?? 0;

    const early = await fence();
    const before = await seller.subscription(subscriptionId);
    const late = await fence();
    const after = await seller.cancelAtPeriodEnd(subscriptionId, 'test');
    if (!before || !after) throw new Error('no subscription');

    await applyState(deps, 'stripe', after, late);
    const stale = await applyState(deps, 'stripe', before, early);
    expect(stale).toMatchObject({ cancelAtPeriodEnd: true, appliedFence: late });
    expect((await billingRows(service, account.id)).mails).toEqual([
      'subscription_canceled',
      'subscription_started',
    ]);
  });

  it('does not bring back what has ended', async () => {
    const { account, subscriptionId } = await paid();
    const deps = service.deps();
    const seller = sellerOf(service);
    const before = await seller.subscription(subscriptionId);
    const ended = await seller.end(subscriptionId, 'test-end', { creditUnusedTime: false });
    if (!before || !ended) throw new Error('no subscription');
    await applyState(deps, 'stripe', ended, 5);
    await applyState(deps, 'stripe', before, 6);
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'canceled' }]);
  });
});

describe('events that nobody sent', () => {
  it('are caught up with, once', async () => {
    const { account } = await paid();
    const before = await service.sql('SELECT id FROM stripe_events');
    await service.runCron('17 * * * *');
    await service.runCron();
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'active' }],
      mails: ['subscription_started'],
    });
    const after = await service.sql('SELECT id FROM stripe_events');
    expect(after.length).toBeGreaterThan(before.length);
    await Promise.all(Array.from({ length: 5 }, () => service.runCron('17 * * * *')));
    expect(await service.sql('SELECT id FROM stripe_events')).toHaveLength(after.length);
    expect((await billingRows(service, account.id)).mails).toEqual(['subscription_started']);
  });

  it('break no contract', async () => {
    expect(await control.violations()).toEqual([]);
  });
});
