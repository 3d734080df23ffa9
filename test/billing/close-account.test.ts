import { beforeEach, describe, expect, it } from 'vitest';
import { closeBilling } from '../../src/billing/close-account.ts';
import { ingestEvent } from '../../src/billing/ingest-event.ts';
import type { UserId } from '../../src/ids.ts';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { ORIGIN } from '../support/audit-log.ts';
import { openSession, sellerOf, useBilling } from '../support/billing.ts';
import { buy } from '../support/purchases.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

const billing = useBilling();
const { service, control } = billing;

let session: SignedIn;
beforeEach(async () => {
  session = await newSession(service);
  await control.clearFaults();
});

const remove = (overrides?: Record<string, unknown>) =>
  service.fetch('/me', { method: 'DELETE', token: session.token }, overrides);
const exists = async () => (await service.sql('SELECT FROM users WHERE id = $1', [session.id])).length === 1;
const atStripe = async (id: string) => (await sellerOf(service).subscription(id))?.status;
const rowOf = async (id: string) => {
  const [row] = await service.sql('SELECT user_id, status FROM subscriptions WHERE id = $1', [id]);
  return row;
};
const haveGrant = () =>
  haveSubscription(service, session.id, {
    provider: 'manual',
    provider_subscription_id: `manual_${crypto.randomUUID()}`,
    current_period_end: inDays(30),
  });
/** Everything that Stripe has to tell, the last first and twice, as webhooks and through the queue. */
async function tell() {
  for (const { body, signature } of [...(await control.events())].reverse()) {
    for (let time = 0; time < 2; time++) {
      await ingestEvent(service.deps(), new TextEncoder().encode(body), signature, ORIGIN);
    }
  }
  await service.sql('UPDATE stripe_events SET next_attempt_at = now()');
  await service.runCron('every sweep');
}

describe('deleting an account that pays', () => {
  it('ends the subscription at Stripe with its customer, and keeps what was paid without a name', async () => {
    const { id, providerId, customerId } = await buy(billing, session);
    expect((await remove()).status).toBe(204);
    expect(await exists()).toBe(false);
    expect(await atStripe(providerId)).toBe('canceled');
    expect(await control.requests()).toContainEqual(
      expect.objectContaining({ method: 'DELETE', path: `/v1/customers/${customerId}`, status: 200 }),
    );
    expect(await rowOf(id)).toMatchObject({ user_id: null });
    expect(
      await service.sql('SELECT user_id, amount_cents, status FROM payments WHERE subscription_id = $1', [
        id,
      ]),
    ).toEqual([{ user_id: null, amount_cents: 1900, status: 'succeeded' }]);
  });

  it('takes no harm from what Stripe tells of it afterwards, in any order', async () => {
    const { id } = await buy(billing, session);
    expect((await remove()).status).toBe(204);
    await tell();
    expect(await rowOf(id)).toEqual({ user_id: null, status: 'canceled' });
    expect(
      await service.sql(`SELECT kind FROM outbox WHERE recipient = $1 AND kind <> 'account_deleted'`, [
        session.email,
      ]),
    ).toEqual([]);
    expect(
      await service.sql(`SELECT id, type, status, last_error FROM stripe_events
                         WHERE status NOT IN ('done', 'orphan')`),
    ).toEqual([]);
  });

  it('closes a checkout that could still be paid', async () => {
    const checkout = await openSession(billing, session);
    expect((await remove()).status).toBe(204);
    expect(await sellerOf(service).sales.checkout(checkout.id)).toMatchObject({ status: 'expired' });
  });

  it('is refused while Stripe is away, with nothing deleted and nothing ended, and works afterwards', async () => {
    const { id, providerId } = await buy(billing, session);
    const granted = await haveGrant();
    await control.faults({ status: 500, count: 100 });
    const refused = await remove();
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ code: 'account_closing_failed' });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    await control.clearFaults();
    expect(await exists()).toBe(true);
    expect(await atStripe(providerId)).toBe('active');
    expect(await rowOf(id)).toEqual({ user_id: session.id, status: 'active' });
    expect(await rowOf(granted)).toEqual({ user_id: session.id, status: 'active' });
    expect((await remove()).status).toBe(204);
    expect(await atStripe(providerId)).toBe('canceled');
  });

  it('goes on where it was when the answer of Stripe was lost', async () => {
    const { providerId } = await buy(billing, session);
    await control.faults({ afterExecuting: true, status: 500, method: 'DELETE', count: 100 });
    await remove();
    await control.clearFaults();
    if (await exists()) expect((await remove()).status).toBe(204);
    expect(await exists()).toBe(false);
    expect(await atStripe(providerId)).toBe('canceled');
  });

  it('is refused where what is paid for can’t be ended, because nobody is configured to', async () => {
    await buy(billing, session);
    expect((await remove({ STRIPE_SECRET_KEY: '' })).status).toBe(503);
    expect(await exists()).toBe(true);
  });

  it('bears being closed twice, also at once', async () => {
    const { providerId } = await buy(billing, session);
    const user = { id: session.id as UserId };
    await closeBilling(service.deps(), user);
    await Promise.all([closeBilling(service.deps(), user), closeBilling(service.deps(), user)]);
    expect(await atStripe(providerId)).toBe('canceled');
  });
});

describe('deleting an account that was granted something', () => {
  it('ends it, and tells of the deletion alone', async () => {
    const id = await haveGrant();
    expect((await remove()).status).toBe(204);
    expect(await rowOf(id)).toEqual({ user_id: null, status: 'canceled' });
    const mails = await service.sql('SELECT kind FROM outbox WHERE recipient = $1', [session.email]);
    expect(mails).toEqual([{ kind: 'account_deleted' }]);
  });

  it('needs no Stripe for it', async () => {
    const id = await haveGrant();
    expect((await remove({ STRIPE_SECRET_KEY: '' })).status).toBe(204);
    expect(await rowOf(id)).toMatchObject({ status: 'canceled' });
  });
});

it('speaks with Stripe as Stripe would have it', async () => {
  expect(await control.violations()).toEqual([]);
});
