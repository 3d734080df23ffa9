import { beforeAll, describe, expect, inject, it } from 'vitest';
import { purchase, useBilling } from '../support/billing.ts';
import { billingRows, forgetBilling } from '../support/billing-rows.ts';
import { rounds } from '../support/rounds.ts';
import type { HeldEvent } from '../support/stripe.ts';

const billing = useBilling();
const { service, control } = billing;

/** The events of a life whose order and number may not matter. */
const TYPES = [
  'checkout.session.completed',
  'customer.subscription.updated',
  'invoice.paid',
  'invoice.payment_failed',
  'customer.subscription.deleted',
  'charge.refunded',
  'customer.deleted',
] as const;

describe('a whole life, told when it is over', () => {
  let userId: string;
  let customerId: string;
  let events: HeldEvent[];
  let expected: unknown;

  beforeAll(async () => {
    const bought = await purchase(billing);
    const { subscriptionId } = bought;
    customerId = bought.customerId;
    userId = bought.account.id;
    await control.advance({ to: 'renewal', subscription: subscriptionId });
    const paid = await control.events('invoice.paid');
    const renewal = paid.at(-1)?.event.data.object as { id: string };
    await control.failNextPayment({ customer: customerId });
    await control.advance({ to: 'renewal', subscription: subscriptionId });
    await control.refund({ invoice: renewal.id });
    await service.deps().seller?.sales.deleteCustomer(customerId, 'the-end');
    const all = await control.events();
    // Of each type the first: for the subscription the one that says least.
    events = TYPES.map((type) => {
      const held = all.find(({ event }) => event.type === type);
      if (!held) throw new Error(`no ${type} among ${all.map(({ event }) => event.type).join(', ')}`);
      return held;
    });
    await tell([...events, ...events]);
    expected = await billingRows(service, userId);
  });

  /** As if nothing had arrived, not even that the customer is gone. */
  async function forget() {
    await forgetBilling(service);
    await service.sql('UPDATE users SET stripe_customer_id = $2 WHERE id = $1', [userId, customerId]);
    await service.sql('TRUNCATE former_customers');
  }

  async function tell(order: readonly HeldEvent[]) {
    for (const held of order) {
      expect((await billing.webhook(held)).status).toBe(200);
      await service.workOffBilling();
    }
  }

  it('has the rows of its end, and a mail of each thing that happened', () => {
    expect(expected).toMatchObject({
      subscriptions: [{ status: 'canceled', plan: 'pro' }],
      mails: ['payment_refunded', 'subscription_ended', 'subscription_renewed', 'subscription_started'],
    });
  });

  // All orders of five, and the two others at every place among them; all 7! would take an hour. On the embedded database,
  // which does one thing at a time in any case, a tenth of them.
  const orders = permutations(5).filter((_, index) => inject('realPostgres') || index % 10 === 0);
  it.each(orders.map((order, index) => [order.join(''), order, index] as const))(
    'ends the same in the order %s',
    async (_, order, index) => {
      await forget();
      const five = order.map((place) => events[place] as HeldEvent);
      const all = five
        .toSpliced(index % 6, 0, events[5] as HeldEvent)
        .toSpliced(index % 7, 0, events[6] as HeldEvent);
      await tell(all.flatMap((held) => [held, held]));
      expect(await billingRows(service, userId)).toEqual(expected);
    },
  );

  it('ends the same when all of it arrives at once, and again', async () => {
    for (let round = 0; round < rounds(10); round++) {
      await forget();
      const all = Array.from({ length: 5 }, () => events).flat();
      const answers = await Promise.all(all.map((held) => billing.webhook(held)));
      expect(answers.map(({ status }) => status)).toEqual(all.map(() => 200));
      await service.workOffBilling();
      expect(await billingRows(service, userId)).toEqual(expected);
      expect(await service.sql(`SELECT id FROM stripe_events WHERE status <> 'done'`)).toEqual([]);
    }
  });
});

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => rest.toSpliced(at, 0, n - 1)),
  );
}
