import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY, openShop, type Shop } from './shop.ts';

describe('a checkout', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await openShop();
  });
  afterEach(async () => {
    expect(await shop.control.violations()).toEqual([]);
  });

  test('that is paid makes everything, and tells of it in order', async () => {
    const customer = await shop.customer();
    const session = await shop.session(customer.id, {
      client_reference_id: 'ref',
      metadata: { a: '1' },
      subscription_data: { metadata: { b: '2' } },
    });
    expect(session).toMatchObject({
      status: 'open',
      payment_status: 'unpaid',
      amount_total: 1_900,
      url: `${shop.apiUrl}/c/pay/${session.id}`,
      expires_at: session.created + DAY,
    });
    await shop.news();
    await shop.control.completeSession(session.id);
    expect(await shop.news()).toEqual([
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      'invoice_payment.paid',
      'invoice.updated',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'checkout.session.completed',
    ]);
    const done = await shop.stripe.checkout.sessions.retrieve(session.id, {
      expand: ['line_items', 'subscription.latest_invoice.payments', 'customer'],
    });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      metadata: { a: '1' },
      client_reference_id: 'ref',
      customer: { id: customer.id },
      line_items: { data: [{ price: { id: shop.pro.id }, amount_total: 1_900 }] },
      subscription: {
        status: 'active',
        metadata: { b: '2' },
        latest_invoice: {
          status: 'paid',
          amount_paid: 1_900,
          parent: { subscription_details: { metadata: { b: '2' } } },
          payments: { data: [{ status: 'paid', payment: { type: 'payment_intent' } }] },
        },
      },
    });
  });

  test('with a trial charges nothing, says when it is about to end, and then bills', async () => {
    const { subscription, session, customer } = await shop.buyer({
      subscription_data: { trial_period_days: 14 },
    });
    expect(session.payment_status).toBe('no_payment_required');
    expect(subscription).toMatchObject({ status: 'trialing', trial_end: subscription.created + 14 * DAY });
    await shop.news();
    await shop.control.advance({ to: 'trial_will_end', subscription: subscription.id });
    expect(await shop.news()).toEqual(['customer.subscription.trial_will_end']);
    await shop.control.advance({ to: 'trial_end', subscription: subscription.id });
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'active' });
    const { data } = await shop.stripe.invoices.list({ customer: customer.id });
    expect(data.map(({ total }) => total)).toEqual([1_900, 0]);
  });

  test('without a card is paused when the trial ends, and goes on when there is one', async () => {
    const { subscription, customer } = await shop.buyer({
      payment_method_collection: 'if_required',
      subscription_data: {
        trial_period_days: 7,
        trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
      },
    });
    await shop.control.advance({ to: 'trial_end', subscription: subscription.id });
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'paused' });
    await shop.news();
    await shop.control.setCard(customer.id, 'works');
    await shop.stripe.subscriptions.resume(subscription.id);
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'active' });
    expect(await shop.news()).toContain('customer.subscription.resumed');
  });

  test('paid by bank waits for the bank', async () => {
    for (const [outcome, status, event] of [
      ['succeeded', 'active', 'checkout.session.async_payment_succeeded'],
      ['failed', 'incomplete', 'checkout.session.async_payment_failed'],
    ] as const) {
      const session = await shop.session((await shop.customer()).id);
      const { object } = await shop.control.completeSession(session.id, { outcome: 'async' });
      expect(object).toMatchObject({ status: 'complete', payment_status: 'unpaid' });
      expect(await shop.subscription(String(object.subscription))).toMatchObject({ status: 'incomplete' });
      await shop.control.settleSession(session.id, outcome);
      expect(await shop.subscription(String(object.subscription))).toMatchObject({ status });
      expect(await shop.news()).toContain(event);
    }
  });

  test('that is declined stays open, and can be tried again', async () => {
    const session = await shop.session((await shop.customer()).id);
    const { declined, object } = await shop.control.completeSession(session.id, { outcome: 'declined' });
    expect(declined).toBe('generic_decline');
    expect(object.status).toBe('open');
    const again = await shop.control.completeSession(session.id);
    expect(again.object).toMatchObject({ status: 'complete', payment_status: 'paid' });
  });

  test('that wants a confirmation is paid by it', async () => {
    const session = await shop.session((await shop.customer()).id);
    await shop.news();
    await shop.control.completeSession(session.id, { outcome: 'requires_action' });
    expect(await shop.news()).toContain('invoice.payment_action_required');
    const { object } = await shop.control.completeSession(session.id);
    expect(object.status).toBe('complete');
    expect(await shop.subscription(String(object.subscription))).toMatchObject({ status: 'active' });
  });

  test('whose first payment never comes leaves a subscription that never was', async () => {
    const session = await shop.session((await shop.customer()).id);
    const { object } = await shop.control.completeSession(session.id, { outcome: 'async' });
    await shop.control.advance({ to: 'incomplete_expiry', subscription: String(object.subscription) });
    const subscription = await shop.subscription(String(object.subscription), ['latest_invoice']);
    expect(subscription).toMatchObject({ status: 'incomplete_expired', latest_invoice: { status: 'void' } });
  });

  test('expires by itself after a day, or when it is told to', async () => {
    const [first, second] = [
      await shop.session((await shop.customer()).id),
      await shop.session((await shop.customer()).id),
    ];
    await shop.stripe.checkout.sessions.expire(first.id);
    await expect(shop.stripe.checkout.sessions.expire(first.id)).rejects.toThrow('can be expired');
    await shop.news();
    await shop.control.advance({ seconds: DAY });
    expect(await shop.news()).toContain('checkout.session.expired');
    const { data } = await shop.stripe.checkout.sessions.list({ status: 'expired', limit: 2 });
    expect(data.map(({ id, url }) => [id, url])).toEqual([
      [second.id, null],
      [first.id, null],
    ]);
  });

  test('is good for as long as is asked, also when the clock was put forward', async () => {
    const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
    const { id } = await shop.customer();
    expect(await shop.session(id, { expires_at: inAnHour() })).toMatchObject({ status: 'open' });
    await shop.control.advance({ seconds: 90 * DAY });
    const later = await shop.session(id, { expires_at: inAnHour() });
    expect(Math.abs(later.expires_at - later.created - 3_600)).toBeLessThan(60);
    await expect(shop.session(id, { expires_at: inAnHour() + 2 * DAY })).rejects.toThrow('24 hours');
  });

  test('of a price that is archived, of another currency, or for nobody is refused', async () => {
    const old = await shop.price(500, 'old');
    await shop.stripe.prices.update(old.id, { active: false });
    const { customer } = await shop.buyer();
    await expect(shop.session(customer.id, {}, old.id)).rejects.toMatchObject({ statusCode: 400 });
    const euros = await shop.price(500, 'euros', 'month', 'eur');
    await expect(shop.session(customer.id, {}, euros.id)).rejects.toThrow('You cannot combine currencies');
    await shop.stripe.customers.del(customer.id);
    await expect(shop.session(customer.id)).rejects.toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'customer',
    });
  });

  test('takes promotion codes: given, or typed on its page', async () => {
    const coupon = await shop.stripe.coupons.create({ percent_off: 50, duration: 'once' });
    const code = await shop.stripe.promotionCodes.create({
      code: 'HALF',
      promotion: { type: 'coupon', coupon: coupon.id },
      restrictions: { first_time_transaction: true },
    });
    const { subscription, session, customer } = await shop.buyer({
      discounts: [{ promotion_code: code.id }],
    });
    expect(session).toMatchObject({ amount_total: 950, total_details: { amount_discount: 950 } });
    await shop.control.advance({ to: 'renewal', subscription: subscription.id });
    const { data } = await shop.stripe.invoices.list({ customer: customer.id });
    expect(data.map(({ total }) => total)).toEqual([1_900, 950]);
    await expect(shop.session(customer.id, { discounts: [{ promotion_code: code.id }] })).rejects.toThrow(
      'prior transactions',
    );

    const typed = await shop.session((await shop.customer()).id, { allow_promotion_codes: true });
    await expect(shop.control.completeSession(typed.id, { promotion_code: 'NONE' })).rejects.toThrow(
      'invalid',
    );
    const { object } = await shop.control.completeSession(typed.id, { promotion_code: 'half' });
    expect(object.amount_total).toBe(950);
    expect((await shop.stripe.promotionCodes.retrieve(code.id)).times_redeemed).toBe(2);
  });
});
