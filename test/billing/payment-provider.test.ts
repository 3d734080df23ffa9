import { describe, expect, it } from 'vitest';
import type { PaymentProvider } from '../../src/billing/ports.ts';
import { newAccount } from '../support/accounts.ts';
import { buy, stripeVariables } from '../support/purchases.ts';
import { useService } from '../support/service.ts';
import { stripeAccount } from '../support/stripe.ts';
import { haveSubscription, inDays } from '../support/subscriptions.ts';

const stripe = stripeAccount();
const service = useService(stripeVariables(stripe));

const KEPT = { creditUnusedTime: false };
const newKey = () => crypto.randomUUID();

/** How each provider comes by a subscription that is running; answers its name there. */
const running: Record<string, () => Promise<string>> = {
  manual: async () => {
    const id = `manual_${crypto.randomUUID()}`;
    await haveSubscription(service, (await newAccount(service)).id, {
      provider: 'manual',
      provider_subscription_id: id,
      current_period_end: inDays(30),
    });
    return id;
  },
  stripe: async () => (await buy(service, stripe, await newAccount(service))).providerId,
};

/** What every provider promises, whoever it is. */
describe.each(Object.entries(running))('the payment provider %s', (name, begin) => {
  const provider = (): PaymentProvider => {
    const found = service.deps().providers[name];
    if (!found) throw new Error(`no provider ${name}`);
    return found;
  };

  it('has the name under which it is known', () => {
    expect(provider().name).toBe(name);
  });

  it('tells of a subscription as it is', async () => {
    const id = await begin();
    const found = await provider().subscription(id);
    expect(found).toMatchObject({
      id,
      status: 'active',
      cancelAtPeriodEnd: false,
      canceledAt: null,
      endedAt: null,
      changePending: false,
    });
    expect(found?.currentPeriodEnd?.getTime()).toBeGreaterThan(found?.startedAt.getTime() ?? 0);
  });

  it('knows none that it did not make, whatever is asked of it', async () => {
    const id = `${name === 'manual' ? 'manual' : 'sub'}_nobody`;
    expect(await provider().subscription(id)).toBeUndefined();
    expect(await provider().cancelAtPeriodEnd(id, newKey())).toBeUndefined();
    expect(await provider().resume(id, newKey())).toBeUndefined();
    expect(await provider().end(id, newKey(), KEPT)).toBeUndefined();
  });

  it('lets one run out with its period, which changes nothing else, and the second time nothing at all', async () => {
    const id = await begin();
    const before = await provider().subscription(id);
    const canceled = await provider().cancelAtPeriodEnd(id, newKey());
    expect(canceled).toMatchObject({ status: 'active', cancelAtPeriodEnd: true, endedAt: null });
    expect(canceled?.canceledAt).toBeInstanceOf(Date);
    expect(canceled?.currentPeriodEnd).toEqual(before?.currentPeriodEnd);
    expect(await provider().subscription(id)).toEqual(canceled);
    expect(await provider().cancelAtPeriodEnd(id, newKey())).toMatchObject({
      status: 'active',
      cancelAtPeriodEnd: true,
      currentPeriodEnd: before?.currentPeriodEnd,
    });
  });

  it('takes that back', async () => {
    const id = await begin();
    const before = await provider().subscription(id);
    await provider().cancelAtPeriodEnd(id, newKey());
    expect(await provider().resume(id, newKey())).toEqual(before);
    expect(await provider().subscription(id)).toEqual(before);
  });

  it('leaves one alone that is resumed and was never cancelled', async () => {
    const id = await begin();
    const before = await provider().subscription(id);
    expect(await provider().resume(id, newKey())).toEqual(before);
  });

  it('ends one for good: neither a second end nor a resumption nor a cancellation changes it', async () => {
    const id = await begin();
    const ended = await provider().end(id, newKey(), KEPT);
    expect(ended?.status).toBe('canceled');
    expect(ended?.endedAt).toBeInstanceOf(Date);
    expect(await provider().end(id, newKey(), KEPT)).toEqual(ended);
    for (const act of [
      () => provider().resume(id, newKey()),
      () => provider().cancelAtPeriodEnd(id, newKey()),
    ]) {
      // Refused, or answered with what is.
      const answered = await act().catch(() => undefined);
      if (answered) expect(answered).toMatchObject({ status: 'canceled' });
      expect(await provider().subscription(id)).toMatchObject({
        status: 'canceled',
        endedAt: ended?.endedAt,
      });
    }
  });

  it('ends one that was about to', async () => {
    const id = await begin();
    await provider().cancelAtPeriodEnd(id, newKey());
    expect(await provider().end(id, newKey(), KEPT)).toMatchObject({ status: 'canceled' });
  });

  it.each(['cancelAtPeriodEnd', 'end'] as const)('does %s once under one key', async (act) => {
    const id = await begin();
    const key = newKey();
    const once = () =>
      act === 'end' ? provider().end(id, key, KEPT) : provider().cancelAtPeriodEnd(id, key);
    const first = await once();
    expect(await once()).toEqual(first);
    expect(await provider().subscription(id)).toEqual(first);
  });

  it('comes to one end when many act at once', async () => {
    const id = await begin();
    const key = newKey();
    await Promise.allSettled([
      ...Array.from({ length: 10 }, () => provider().cancelAtPeriodEnd(id, newKey())),
      ...Array.from({ length: 5 }, () => provider().end(id, key, KEPT)),
      ...Array.from({ length: 10 }, () => provider().resume(id, newKey())),
    ]);
    expect(await provider().subscription(id)).toMatchObject({ status: 'canceled' });
  });
});

it('speaks with Stripe as Stripe would have it', async () => {
  expect(await stripe.control.violations()).toEqual([]);
  const writes = (await stripe.control.requests()).filter(({ method }) => method === 'POST');
  expect(writes.filter(({ idempotency_key }) => idempotency_key === null)).toEqual([]);
});
