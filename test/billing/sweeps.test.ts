import { describe, expect, it } from 'vitest';
import { newAccount } from '../support/accounts.ts';
import { openSession, purchase, sellerOf, useBilling } from '../support/billing.ts';
import { billingMails, billingRows } from '../support/billing-rows.ts';

const billing = useBilling();
const { service, control } = billing;
const HOURLY = '17 * * * *';

describe('the hourly look at subscriptions', () => {
  it('ends what has run out, after asking Stripe', async () => {
    const { account, subscriptionId } = await purchase(billing);
    await billing.deliverEvents();
    await sellerOf(service).cancelAtPeriodEnd(subscriptionId, 'sweep-1');
    await control.advance({ to: 'period_end', subscription: subscriptionId });
    await billing.freshEvents();
    // Of none of that did word arrive; only the calendar says that its time is over.
    await service.sql(
      `UPDATE subscriptions SET current_period_end = now() - interval '1 hour', synced_at = now() - interval '20 minutes'
       WHERE provider_subscription_id = $1`,
      [subscriptionId],
    );
    await Promise.all([service.runCron(HOURLY), service.runCron(HOURLY), service.runCron(HOURLY)]);
    const rows = await billingRows(service, account.id);
    expect(rows.subscriptions).toMatchObject([{ status: 'canceled', ended: true }]);
    expect(rows.mails.filter((kind) => kind === 'subscription_ended')).toHaveLength(1);
  });

  it('leaves alone what Stripe renewed meanwhile', async () => {
    const { account, subscriptionId } = await purchase(billing);
    await billing.deliverEvents();
    await service.sql(
      `UPDATE subscriptions SET current_period_end = now() - interval '1 hour', synced_at = now() - interval '20 minutes'
       WHERE provider_subscription_id = $1`,
      [subscriptionId],
    );
    await service.runCron(HOURLY);
    const [row] = (await billingRows(service, account.id)).subscriptions;
    expect(row).toMatchObject({ status: 'active' });
    expect(new Date(row?.current_period_end).getTime()).toBeGreaterThan(Date.now());
  });

  it('asks about everything once a day, and about nothing twice', async () => {
    const { account, subscriptionId } = await purchase(billing);
    await billing.deliverEvents();
    await sellerOf(service).end(subscriptionId, 'sweep-2', { creditUnusedTime: false });
    await billing.freshEvents();
    await service.sql(`UPDATE billing_cursors SET value = (now() + interval '1 day')::text`);
    await service.runCron(HOURLY);
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'active' }]);
    await service.sql(`UPDATE subscriptions SET synced_at = now() - interval '25 hours' WHERE user_id = $1`, [
      account.id,
    ]);
    await service.runCron(HOURLY);
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'canceled' }]);
  });

  it('tells a person of a subscription that Stripe does not know, and goes on to the next', async () => {
    const account = await newAccount(service);
    await service.sql(
      `INSERT INTO subscriptions (user_id, plan_id, status, provider_subscription_id, current_period_end, synced_at)
       SELECT $1, id, 'active', 'sub_of_another_account', now() + interval '3 days', now() - interval '2 days'
       FROM plans WHERE code = 'pro'`,
      [account.id],
    );
    await service.runCron(HOURLY);
    await service.runCron(HOURLY);
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'active' }]);
    expect(await service.sql('SELECT kind FROM billing_alerts WHERE user_id = $1', [account.id])).toEqual([
      { kind: 'unknown_subscription' },
    ]);
  });

  it('fails for none but those that Stripe does not answer for', async () => {
    const one = await purchase(billing);
    await billing.deliverEvents();
    await service.sql(`UPDATE subscriptions SET synced_at = now() - interval '25 hours' WHERE user_id = $1`, [
      one.account.id,
    ]);
    await control.faults({ status: 503, path: '/v1/subscriptions', count: 50 });
    await expect(service.runCron(HOURLY)).rejects.toThrow('a sweep failed');
    await control.clearFaults();
    expect((await billingRows(service, one.account.id)).subscriptions).toMatchObject([{ status: 'active' }]);
    await service.runCron(HOURLY);
  });
});

describe('notices', () => {
  // Of an account whose clock nobody puts forward.
  const billing = useBilling();
  const { service, control } = billing;

  it('tell once of a subscription that soon runs out, not of one that renews', async () => {
    const ending = await purchase(billing);
    const renewing = await purchase(billing);
    await billing.deliverEvents();
    await service.sql(
      `UPDATE subscriptions SET current_period_end = now() + interval '2 days', cancel_at_period_end = (user_id = $1)
       WHERE user_id IN ($1, $2)`,
      [ending.account.id, renewing.account.id],
    );
    await Promise.all([service.runCron(HOURLY), service.runCron(HOURLY)]);
    await service.runCron('none of ours');
    expect(await billingMails(service, ending.account.id)).toEqual([
      'subscription_expiring',
      'subscription_started',
    ]);
    expect(await billingMails(service, renewing.account.id)).toEqual(['subscription_started']);
  });

  it('tell once of a trial that soon ends, whether Stripe says so or the calendar', async () => {
    const account = await newAccount(service);
    const session = await openSession(billing, account, { trialDays: 2 });
    const { object } = await control.completeSession(session.id);
    await billing.deliverEvents();
    await Promise.all([service.runCron(HOURLY), service.runCron(HOURLY)]);
    await control.emit('customer.subscription.trial_will_end', object.subscription as string);
    await billing.deliverEvents();
    expect(await billingMails(service, account.id)).toEqual(['subscription_started', 'trial_ending']);
    expect(await control.violations()).toEqual([]);
  });
});
