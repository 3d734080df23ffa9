import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, invoiceOf, itemOf, openShop, type Shop } from './shop.ts';

describe('a subscription', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => {
    expect(await shop.control.violations()).toEqual([]);
  });

  test('renews: announced, billed, paid', async () => {
    const { subscription } = await shop.buyer();
    await shop.news();
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    expect(await shop.news()).toEqual([
      'invoice.upcoming',
      'customer.subscription.updated',
      'invoice.created',
      'invoice.finalized',
      'invoice_payment.paid',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
    ]);
    const renewed = await shop.subscription(subscription.id, ['latest_invoice']);
    expect(itemOf(renewed).current_period_start).toBe(itemOf(subscription).current_period_end);
    expect(invoiceOf(renewed)).toMatchObject({ billing_reason: 'subscription_cycle', status: 'paid' });
  });

  test('keeps its day of the month', async () => {
    const { now } = await shop.control.advance({ seconds: 0 });
    const day31 = Date.UTC(new Date(now * 1000).getUTCFullYear() + 1, 0, 31, 12) / 1000;
    await shop.control.advance({ seconds: day31 - now });
    const { subscription } = await shop.buyer();
    const ends = [];
    for (let month = 0; month < 3; month += 1) {
      const { end } = await shop
        .subscription(subscription.id)
        .then((one) => ({ end: itemOf(one).current_period_end }));
      ends.push(new Date(end * 1000).getUTCDate());
      await shop.control.advance({ to: 'period_end', subscription: subscription.id });
    }
    expect([28, 29]).toContain(ends[0]);
    expect(ends.slice(1)).toEqual([31, 30]);
  });

  test('whose renewal fails is past due, is tried again, and recovers', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.control.setCard(customer.id, 'declined');
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    const failed = await shop.subscription(subscription.id, ['latest_invoice']);
    expect(failed.status).toBe('past_due');
    const { id, next_payment_attempt: next, attempt_count: attempts } = invoiceOf(failed);
    expect({ attempts, next }).toEqual({ attempts: 1, next: itemOf(failed).current_period_start + 3 * DAY });
    await shop.news();
    await shop.control.advance({ to: 'retry', subscription: subscription.id });
    expect(await shop.news()).toContain('invoice.payment_failed');
    await shop.control.payInvoice(id);
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'active' });
  });

  test.each([
    ['cancel', 'canceled', 'customer.subscription.deleted'],
    ['unpaid', 'unpaid', 'customer.subscription.updated'],
  ] as const)('that is never paid ends as the account says: %s', async (afterRetries, status, event) => {
    const own = await openShop();
    await own.control.configure({ afterRetries, retrySchedule: [DAY] });
    const { subscription, customer } = await own.buyer();
    await own.control.setCard(customer.id, 'declined');
    await own.control.advance({ to: 'renewal' });
    await own.news();
    await own.control.advance({ to: 'retry' });
    expect(await own.news()).toContain(event);
    expect(await own.subscription(subscription.id)).toMatchObject({ status });
  });

  test('that wants a confirmation at its renewal says so', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.control.failNextPayment({ customer: customer.id, decline_code: 'authentication_required' });
    await shop.news();
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    expect(await shop.news()).toEqual(
      expect.arrayContaining(['invoice.payment_action_required', 'invoice.payment_failed']),
    );
  });

  test('cancelled at the end of its period lives until then, unless that is taken back', async () => {
    const { subscription } = await shop.buyer();
    const { stripe } = shop;
    const ending = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    expect(ending).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
      cancel_at: itemOf(subscription).current_period_end,
      cancellation_details: { reason: 'cancellation_requested' },
    });
    await expect(stripe.invoices.createPreview({ subscription: subscription.id })).rejects.toMatchObject({
      code: 'invoice_upcoming_none',
    });
    const kept = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    expect(kept).toMatchObject({ cancel_at_period_end: false, canceled_at: null, cancel_at: null });
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await shop.news();
    await shop.control.advance({ to: 'period_end', subscription: subscription.id });
    expect(await shop.news()).toEqual(['customer.subscription.deleted']);
    expect(await shop.subscription(subscription.id)).toMatchObject({
      status: 'canceled',
      ended_at: itemOf(subscription).current_period_end,
    });
    await expect(
      stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false }),
    ).rejects.toThrow('A canceled subscription can only update');
    await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ statusCode: 404 });
  });

  test('cancelled at once gives back what was not used, when asked', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.stripe.subscriptions.cancel(subscription.id, { prorate: true, invoice_now: true });
    const { balance } = (await shop.stripe.customers.retrieve(customer.id)) as { balance: number };
    expect(balance).toBe(-1_900);
    const { data } = await shop.stripe.subscriptions.list({ customer: customer.id });
    expect(data).toEqual([]);
    const all = await shop.stripe.subscriptions.list({ customer: customer.id, status: 'all' });
    expect(all.data).toMatchObject([{ id: subscription.id, status: 'canceled' }]);
  });

  test('ends with its customer', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.news();
    await shop.stripe.customers.del(customer.id);
    expect(await shop.news()).toEqual(['customer.subscription.deleted', 'customer.deleted']);
    expect(await shop.stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'canceled' });
  });

  test('can stop collecting for a while', async () => {
    const { subscription } = await shop.buyer();
    await shop.stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void' } });
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    const skipped = await shop.subscription(subscription.id, ['latest_invoice']);
    expect([skipped.status, invoiceOf(skipped).status]).toEqual(['active', 'void']);
  });
});

describe('a change of plan', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => {
    expect(await shop.control.violations()).toEqual([]);
  });

  const upgrade = (id: string, item: string, more: object = {}) =>
    shop.stripe.subscriptions.update(id, {
      items: [{ id: item, price: shop.enterprise.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
      expand: ['latest_invoice'],
      ...more,
    });

  test('costs what the rest of the period costs', async () => {
    const { subscription } = await shop.buyer();
    const { current_period_start: start, current_period_end: end, id } = itemOf(subscription);
    const half = start + Math.floor((end - start) / 2);
    const { now } = await shop.control.advance({ seconds: 0 });
    await shop.control.advance({ seconds: half - now });
    const share = (end - half) / (end - start);
    const due = Math.round(9_900 * share) - Math.round(1_900 * share);
    const preview = await shop.stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: {
        items: [{ id, price: shop.enterprise.id }],
        proration_behavior: 'always_invoice',
        proration_date: half,
      },
    });
    expect(Math.abs(preview.amount_due - due)).toBeLessThanOrEqual(1);
    const changed = await upgrade(subscription.id, id, { proration_date: half });
    expect(itemOf(changed)).toMatchObject({ price: { id: shop.enterprise.id }, current_period_end: end });
    expect(invoiceOf(changed)).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
      total: preview.total,
    });
    expect(invoiceOf(changed).lines.data).toHaveLength(2);
  });

  test('waits for its payment, and takes effect with it', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.control.setCard(customer.id, 'declined');
    await shop.news();
    const waiting = await upgrade(subscription.id, itemOf(subscription).id);
    expect(waiting.status).toBe('active');
    expect(itemOf(waiting).price.id).toBe(shop.pro.id);
    expect(waiting.pending_update?.subscription_items).toMatchObject([{ price: { id: shop.enterprise.id } }]);
    expect(await shop.news()).toEqual(
      expect.arrayContaining(['invoice.payment_failed', 'customer.subscription.updated']),
    );
    await shop.control.payInvoice(invoiceOf(waiting).id);
    expect(await shop.news()).toContain('customer.subscription.pending_update_applied');
    const changed = await shop.subscription(subscription.id);
    expect(itemOf(changed).price.id).toBe(shop.enterprise.id);
    expect(changed.pending_update).toBeNull();
  });

  test('whose payment does not come is forgotten after 23 hours', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.control.setCard(customer.id, 'declined');
    const waiting = await upgrade(subscription.id, itemOf(subscription).id);
    await shop.news();
    await shop.control.advance({ seconds: 23 * 3_600 });
    expect(await shop.news()).toEqual(
      expect.arrayContaining(['customer.subscription.pending_update_expired', 'invoice.voided']),
    );
    const kept = await shop.subscription(subscription.id);
    expect([kept.status, itemOf(kept).price.id, kept.pending_update]).toEqual(['active', shop.pro.id, null]);
    await expect(shop.stripe.invoices.retrieve(invoiceOf(waiting).id)).resolves.toMatchObject({
      status: 'void',
    });
  });

  test('fails as asked in the other ways', async () => {
    const { subscription, customer } = await shop.buyer();
    await shop.control.setCard(customer.id, 'declined');
    const item = itemOf(subscription).id;
    const refused = upgrade(subscription.id, item, { payment_behavior: 'error_if_incomplete' });
    await expect(refused).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(itemOf(await shop.subscription(subscription.id)).price.id).toBe(shop.pro.id);
    const owed = await upgrade(subscription.id, item, { payment_behavior: 'allow_incomplete' });
    expect([owed.status, itemOf(owed).price.id]).toEqual(['past_due', shop.enterprise.id]);
    const impossible = upgrade(subscription.id, item, { pause_collection: { behavior: 'void' } });
    await expect(impossible).rejects.toThrow('pending_if_incomplete');
  });

  test('to something cheaper is credit for the next invoice', async () => {
    const { subscription, customer } = await shop.buyer({}, shop.enterprise.id);
    await shop.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: shop.pro.id }],
      proration_behavior: 'always_invoice',
    });
    const { balance } = (await shop.stripe.customers.retrieve(customer.id)) as { balance: number };
    expect(balance).toBe(-8_000);
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    const { data } = await shop.stripe.invoices.list({ subscription: subscription.id, limit: 1 });
    expect(data).toMatchObject([{ total: 1_900, amount_due: 0, status: 'paid', ending_balance: -6_100 }]);
  });

  test('to another period begins it at once', async () => {
    const yearly = await shop.price(19_000, 'yearly', 'year');
    const { subscription } = await shop.buyer();
    const changed = await upgrade(subscription.id, itemOf(subscription).id, {
      items: [{ id: itemOf(subscription).id, price: yearly.id }],
    });
    const { current_period_start: start, current_period_end: end } = itemOf(changed);
    expect(end - start).toBeGreaterThan(364 * DAY);
    expect(invoiceOf(changed).total).toBe(17_100);
  });

  test('without proration_behavior is billed with the next period', async () => {
    const { subscription } = await shop.buyer();
    await shop.stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: shop.enterprise.id }],
    });
    const { total } = await shop.stripe.invoices.createPreview({ subscription: subscription.id });
    expect(total).toBe(9_900 + 8_000);
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    const { data } = await shop.stripe.invoices.list({ subscription: subscription.id, limit: 1 });
    expect(data[0]?.total).toBe(total);
  });
});
