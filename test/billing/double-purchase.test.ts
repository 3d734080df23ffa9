import { describe, expect, it } from 'vitest';
import { newAccount } from '../support/accounts.ts';
import { openSession, useBilling } from '../support/billing.ts';
import { billingRows } from '../support/billing-rows.ts';
import { rounds } from '../support/rounds.ts';

const billing = useBilling();
const { service, control } = billing;
const ROUNDS = 4;

describe('two sessions that were both paid', () => {
  it.each(['in order', 'all at once', 'in order, without events of the repair'])(
    'end as one subscription and one refund, told %s',
    async (how) => {
      for (let round = 0; round < rounds(ROUNDS); round++) {
        const account = await newAccount(service);
        const first = await openSession(billing, account);
        const second = await openSession(billing, account);
        await control.completeSession(first.id);
        await control.completeSession(second.id);

        if (how === 'all at once') {
          const all = await billing.freshEvents();
          await Promise.all([...all, ...all].map((held) => billing.webhook(held)));
          await service.workOffBilling();
        } else {
          await billing.deliverEvents();
        }
        if (!how.includes('without')) await billing.deliverEvents();

        const { subscriptions } = await billingRows(service, account.id);
        expect(subscriptions.map(({ status, replaced }) => [status, replaced])).toEqual([
          ['active', false],
          ['canceled', true],
        ]);
        const state = await control.state();
        const refunds = Object.values(state.objects.refund ?? {}) as { amount: number; charge: string }[];
        const charges = Object.values(state.objects.charge ?? {}) as { id: string; customer: string }[];
        const own = charges.filter(({ customer }) => customer === first.customerId).map(({ id }) => id);
        expect(refunds.filter(({ charge }) => own.includes(charge)).map(({ amount }) => amount)).toEqual([
          1_900,
        ]);
        expect(await service.sql('SELECT kind FROM billing_alerts WHERE user_id = $1', [account.id])).toEqual(
          [{ kind: 'duplicate_purchase' }],
        );

        if (!how.includes('without')) {
          const rows = await billingRows(service, account.id);
          expect(rows.payments.map(({ status }) => status).sort()).toEqual(['refunded', 'succeeded']);
          expect(rows.mails).toEqual(['payment_refunded', 'subscription_started']);
        }
      }
      expect(await control.violations()).toEqual([]);
    },
  );

  it('are put right although Stripe fails in between, with one refund', async () => {
    const account = await newAccount(service);
    const first = await openSession(billing, account);
    const second = await openSession(billing, account);
    await control.completeSession(first.id);
    await control.completeSession(second.id);
    await control.faults({ status: 500, path: '/v1/refunds', method: 'POST', count: 20 });
    await billing.deliverEvents();
    await control.clearFaults();
    const tasks = () =>
      service.sql(
        `SELECT kind, status, attempts FROM billing_tasks WHERE payload ->> 'subscription_id' IN
         (SELECT provider_subscription_id FROM subscriptions WHERE user_id = $1)`,
        [account.id],
      );
    expect(await tasks()).toEqual([{ kind: 'undo_duplicate', status: 'pending', attempts: 1 }]);
    await service.sql(`UPDATE billing_tasks SET next_attempt_at = now() - interval '1 s'`);
    await Promise.all([service.runCron(), service.runCron(), service.runCron()]);
    expect(await tasks()).toEqual([{ kind: 'undo_duplicate', status: 'done', attempts: 2 }]);
    await billing.deliverEvents();
    const rows = await billingRows(service, account.id);
    expect(rows.subscriptions.map(({ status }) => status)).toEqual(['active', 'canceled']);
    expect(rows.payments.map(({ status }) => status).sort()).toEqual(['refunded', 'succeeded']);
    expect(rows.mails).toEqual(['payment_refunded', 'subscription_started']);
  });

  it('are left alone when one was made by hand at Stripe, and a person is told', async () => {
    const account = await newAccount(service);
    const first = await openSession(billing, account);
    await control.completeSession(first.id);
    await billing.deliverEvents();
    const second = await openSession(billing, account);
    await service.sql('DELETE FROM checkout_intents WHERE id = $1', [second.intentId]);
    await control.completeSession(second.id);
    await billing.deliverEvents();
    const { subscriptions } = await billingRows(service, account.id);
    expect(subscriptions.map(({ status }) => status)).toEqual(['active', 'active']);
    expect(await service.sql('SELECT kind FROM billing_alerts WHERE user_id = $1', [account.id])).toEqual([
      { kind: 'several_subscriptions' },
    ]);
  });
});

describe('a session that was bought in place of another subscription', () => {
  it('ends that one with credit for the rest of its time, and is told of as a change', async () => {
    const account = await newAccount(service);
    const first = await openSession(billing, account);
    await control.completeSession(first.id);
    await billing.deliverEvents();
    const [old] = await service.sql('SELECT id FROM subscriptions WHERE user_id = $1', [account.id]);
    const second = await openSession(billing, account, { plan: 'enterprise' });
    await service.sql('UPDATE checkout_intents SET replaces_subscription_id = $2 WHERE id = $1', [
      second.intentId,
      old?.id,
    ]);
    await control.completeSession(second.id);
    await billing.deliverEvents();
    await billing.deliverEvents();
    const rows = await billingRows(service, account.id);
    // Bought within the same second, so their order says nothing.
    expect(rows.subscriptions.map(({ plan, status, replaced }) => [plan, status, replaced]).sort()).toEqual([
      ['enterprise', 'active', false],
      ['pro', 'canceled', true],
    ]);
    expect(rows.mails).toEqual(['subscription_changed', 'subscription_started']);
    expect(rows.payments.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(await service.sql('SELECT id FROM billing_alerts WHERE user_id = $1', [account.id])).toEqual([]);
  });
});
