import { expect, it } from 'vitest';
import { factsOf } from '../../src/billing/rules.ts';
import { type Account, newAccount } from '../support/accounts.ts';
import { buy, stripeVariables } from '../support/purchases.ts';
import { useService } from '../support/service.ts';
import { stripeAccount } from '../support/stripe.ts';
import { haveSubscription } from '../support/subscriptions.ts';

const stripe = stripeAccount();
const service = useService(stripeVariables(stripe));
const told = async (user: Account) =>
  (await service.sql('SELECT kind FROM outbox WHERE user_id = $1', [user.id])).map(({ kind }) => kind);

/** The daily look at everything, when what was mailed is no longer kept. */
async function lookAgain() {
  await service.sql('DELETE FROM outbox');
  await service.sql(`UPDATE subscriptions SET synced_at = now() - interval '2 days'`);
  await service.runCron('every sweep');
}

it('an old subscription that is looked at again is not told of as if it were new', async () => {
  const paying = await newAccount(service);
  const granted = await newAccount(service);
  await buy(service, stripe, paying);
  await haveSubscription(service, granted.id, {
    provider: 'manual',
    provider_subscription_id: `manual_${crypto.randomUUID()}`,
    current_period_end: null,
    started_at: new Date(Date.now() - 40 * 86_400_000),
  });
  const [{ provider_subscription_id: id } = {}] = await service.sql(
    'SELECT provider_subscription_id FROM subscriptions WHERE user_id = $1',
    [paying.id],
  );
  const longAgo = Math.floor(Date.now() / 1_000) - 40 * 86_400;
  await stripe.control.mutate(id, { start_date: longAgo });
  await lookAgain();
  expect(await told(paying)).toEqual([]);
  expect(await told(granted)).toEqual([]);
});

it('nor is a renewal, of a plan that is paid by the year', async () => {
  const { providerId } = await buy(service, stripe, await newAccount(service));
  await stripe.control.advance({ to: 'renewal', subscription: providerId });
  const subscription = await service.deps().seller?.subscription(providerId);
  if (!subscription?.latestInvoice) throw new Error('not renewed');
  const { paidAt } = subscription.latestInvoice;
  const tellAt = (days: number) =>
    factsOf(
      { subscription, invoices: [], aftermath: undefined, eventType: undefined },
      new Date((paidAt?.getTime() ?? 0) + days * 86_400_000),
    ).map(({ kind }) => kind);
  expect(tellAt(1)).toContain('subscription_renewed');
  expect(tellAt(40)).toEqual([]);
});
