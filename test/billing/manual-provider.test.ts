import { beforeEach, describe, expect, it } from 'vitest';
import { applyState } from '../../src/billing/apply.ts';
import { raiseFence } from '../../src/billing/fence-store.ts';
import { refreshSubscription } from '../../src/billing/process-event.ts';
import { type Account, newAccount } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

const service = useService();
let user: Account;
let id: string;
beforeEach(async () => {
  user = await newAccount(service);
  id = `manual_${crypto.randomUUID()}`;
});

const haveGrant = (row = {}) =>
  haveSubscription(service, user.id, {
    provider: 'manual',
    provider_subscription_id: id,
    current_period_end: inDays(30),
    ...row,
  });
const provider = () => {
  const { manual } = service.deps().providers;
  if (!manual) throw new Error('nothing can be granted here');
  return manual;
};
const rowOf = async () => {
  const [row] = await service.sql(
    `SELECT status, cancel_at_period_end, canceled_at, ended_at, current_period_end FROM subscriptions
     WHERE provider_subscription_id = $1`,
    [id],
  );
  return row;
};
const told = async () =>
  (await service.sql('SELECT kind FROM outbox WHERE user_id = $1 ORDER BY created_at', [user.id]))
    .map(({ kind }) => kind)
    .filter((kind) => kind !== 'verify_email');
const end = () => provider().end(id, 'k', { creditUnusedTime: false });
const fenceOf = async () => (await service.deps().db.query(raiseFence(id)))[0]?.fence ?? 0;

describe('a granted subscription', () => {
  it('has ended when its period is over, at that moment, whether or not anybody wrote it down', async () => {
    await haveGrant();
    await service.sql(
      'UPDATE subscriptions SET current_period_end = now() WHERE provider_subscription_id = $1',
      [id],
    );
    const state = await provider().subscription(id);
    expect(state).toMatchObject({ status: 'canceled', endedAt: state?.currentPeriodEnd });
    for (const act of ['cancelAtPeriodEnd', 'resume'] as const) {
      expect(await provider()[act](id, 'k')).toEqual(state);
    }
    expect(await rowOf()).toMatchObject({ status: 'active', cancel_at_period_end: false });
    expect(await told()).toEqual([]);
    expect(await end()).toMatchObject({ status: 'canceled', endedAt: state?.endedAt });
    expect(await told()).toEqual(['subscription_ended']);
  });

  it('is swept when it has run out: written down as ended, and its user told, once', async () => {
    await haveGrant({ current_period_end: inDays(-1) });
    await service.runCron('every sweep');
    await service.runCron('every sweep');
    const row = await rowOf();
    expect(row).toMatchObject({ status: 'canceled' });
    expect(row?.ended_at).toEqual(row?.current_period_end);
    expect(await told()).toEqual(['subscription_ended']);
  });

  it('can’t run out with a period when it has none', async () => {
    await haveGrant({ current_period_end: null });
    await expect(provider().cancelAtPeriodEnd(id, 'k')).rejects.toMatchObject({
      code: 'unsupported_by_provider',
    });
    expect(await rowOf()).toMatchObject({ status: 'active', cancel_at_period_end: false });
    const ended = await end();
    expect(ended?.currentPeriodEnd).toEqual(ended?.endedAt);
  });

  it('tells of each cancellation and of the end, in the statement that does it', async () => {
    await haveGrant();
    await provider().cancelAtPeriodEnd(id, 'k');
    await provider().cancelAtPeriodEnd(id, 'k');
    expect(await told()).toEqual(['subscription_canceled']);
    await provider().resume(id, 'k');
    await provider().cancelAtPeriodEnd(id, 'k');
    await end();
    await end();
    expect(await told()).toEqual(['subscription_canceled', 'subscription_canceled', 'subscription_ended']);
    await service.deliverQueued();
    const subjects = (await service.mailsTo(user.email)).map((mail) => mail.subject);
    expect(subjects).toContain('Your Tollgate subscription was cancelled');
    expect(subjects).toContain('Your Tollgate subscription has ended');
  });

  it('tells nothing of the end of one that a purchase took the place of', async () => {
    const bought = await haveSubscription(service, user.id);
    await haveGrant({ replaced_by: bought });
    await end();
    expect(await told()).toEqual([]);
  });
});

describe('what was read under a fence', () => {
  it('is written in vain once an act came after it, however late it is written', async () => {
    await haveGrant();
    const deps = service.deps();
    const fence = await fenceOf();
    const read = await provider().subscription(id);
    await end();
    if (!read) throw new Error('not read');
    const standing = await applyState(deps, 'manual', read, fence);
    expect(standing).toMatchObject({ status: 'canceled', hasAccess: false });
    expect(await rowOf()).toMatchObject({ status: 'canceled' });
  });

  it('loses no act of another who took a higher fence and was quicker', async () => {
    await haveGrant();
    const deps = service.deps();
    const [first, second] = [await fenceOf(), await fenceOf()];
    const later = await provider().resume(id, 'k');
    const earlier = await provider().cancelAtPeriodEnd(id, 'k');
    if (!later || !earlier) throw new Error('not there');
    await applyState(deps, 'manual', later, second);
    await applyState(deps, 'manual', earlier, first);
    expect(await rowOf()).toMatchObject({ status: 'active', cancel_at_period_end: true });
  });

  it('brings nothing back when acts, sweeps and cancellations meet', async () => {
    for (let round = 0; round < rounds(6); round++) {
      id = `manual_${crypto.randomUUID()}`;
      await haveGrant();
      const deps = service.deps();
      const cancel = async (act: 'cancelAtPeriodEnd' | 'resume') => {
        const fence = await fenceOf();
        const state = await provider()[act](id, 'k');
        if (state) await applyState(deps, 'manual', state, fence);
      };
      await Promise.all([
        ...Array.from({ length: 8 }, () => refreshSubscription(deps, provider(), id)),
        ...Array.from({ length: 6 }, () => cancel('cancelAtPeriodEnd')),
        end(),
        ...Array.from({ length: 6 }, () => cancel('resume')),
        ...Array.from({ length: 8 }, () => refreshSubscription(deps, provider(), id)),
      ]);
      const row = await rowOf();
      expect(row).toMatchObject({ status: 'canceled' });
      expect(row?.ended_at).not.toBeNull();
    }
    expect((await told()).filter((kind) => kind === 'subscription_ended')).toHaveLength(rounds(6));
  });
});
