import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await openShop();
});
afterEach(async () => {
  expect(await shop.control.violations()).toEqual([]);
});

const visit = async (url: string) => (await fetch(new URL(url, shop.apiUrl))).text();
const submit = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(new URL(url, shop.apiUrl), {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
    headers,
  });

describe('the checkout page', () => {
  const open = async (params: Parameters<Shop['session']>[1] = {}) => {
    const { id, url } = await shop.session((await shop.customer()).id, params);
    return { id, url: url ?? '' };
  };

  test('shows what is bought, and takes the money once', async () => {
    const { id, url } = await open();
    const page = await visit(url);
    for (const text of ['Tollgate × 1', '$19.00', 'href="http://tollgate.test/plans"']) {
      expect(page).toContain(text);
    }
    const pay = () => submit(url, { do: 'pay', card: 'works' });
    for (const response of await Promise.all([pay(), pay()])) {
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toBe(`http://tollgate.test/done?session=${id}`);
    }
    expect((await shop.stripe.subscriptions.list()).data).toHaveLength(1);
    expect(await visit(url)).toContain('This is paid for');
  });

  test('says that a card was declined, and lets another be tried', async () => {
    const { url } = await open();
    const refused = await submit(url, { do: 'pay', card: 'declined' });
    expect(refused.status).toBe(402);
    expect(await refused.text()).toContain('role="alert">Your card was declined.');
    expect((await submit(url, { do: 'pay', card: 'works' })).status).toBe(303);
  });

  test('asks for a confirmation', async () => {
    const { id, url } = await open();
    const asked = await submit(url, { do: 'pay', card: 'needs_action' });
    expect(await asked.text()).toContain('Yes, confirm');
    expect((await submit(url, { do: 'pay', card: 'declined' })).status).toBe(402);
    expect((await submit(url, { do: 'pay', card: 'works' })).status).toBe(303);
    expect(await shop.stripe.checkout.sessions.retrieve(id)).toMatchObject({ payment_status: 'paid' });
  });

  test('takes promotion codes', async () => {
    const coupon = await shop.stripe.coupons.create({ percent_off: 50 });
    await shop.stripe.promotionCodes.create({
      code: 'HALF',
      promotion: { type: 'coupon', coupon: coupon.id },
    });
    const { url } = await open({ allow_promotion_codes: true });
    const wrong = await submit(url, { do: 'code', promotion_code: '<b>' });
    expect(wrong.status).toBe(400);
    expect(await (await submit(url, { do: 'code', promotion_code: 'half' })).text()).toContain('$9.50');
    expect(await visit((await open()).url)).not.toContain('Promotion code');
  });

  test('makes a customer of somebody new', async () => {
    const { url } = await shop.stripe.checkout.sessions.create({
      mode: 'subscription',
      line_items: [{ price: shop.pro.id, quantity: 1 }],
      success_url: 'http://tollgate.test/',
      subscription_data: { trial_period_days: 14 },
    });
    expect(await visit(url ?? '')).toContain('14 days');
    await submit(url ?? '', { do: 'pay', card: 'works', email: 'new@acme.test' });
    const { data } = await shop.stripe.customers.list({ email: 'new@acme.test' });
    expect(data).toHaveLength(1);
  });

  test('of a session that is over says so', async () => {
    const { id, url } = await open();
    await shop.control.expireSession(id);
    expect(await visit(url)).toContain('has expired');
    expect(await (await submit(url, { do: 'pay', card: 'works' })).text()).toContain('has expired');
    expect((await fetch(`${shop.apiUrl}/c/pay/cs_test_none`)).status).toBe(404);
  });

  test('writes what others wrote as text', async () => {
    await shop.stripe.products.update(shop.product.id, { name: '<script>alert(1)</script>' });
    const page = await visit((await open()).url);
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('<script>');
  });

  test('takes forms from itself alone', async () => {
    const { url } = await open();
    const foreign = await submit(url, { do: 'pay', card: 'works' }, { Origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect((await submit(url, { do: 'pay', card: 'works' }, { Origin: shop.apiUrl })).status).toBe(303);
  });
});

describe('the portal', () => {
  const portalOf = async (customer: string, configuration?: string) => {
    const { url } = await shop.stripe.billingPortal.sessions.create({
      customer,
      return_url: 'http://tollgate.test/account',
      ...(configuration && { configuration }),
    });
    return url;
  };

  test('cancels and keeps', async () => {
    const { subscription, customer } = await shop.buyer();
    const url = await portalOf(customer.id);
    const page = await visit(url);
    for (const text of ['active', '$19.00 / month', 'href="http://tollgate.test/account"', 'paid']) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('Switch to');
    expect((await submit(url, { do: 'cancel', subscription: subscription.id })).status).toBe(303);
    expect(await shop.subscription(subscription.id)).toMatchObject({ cancel_at_period_end: true });
    expect(await visit(url)).toContain('Keep it');
    await submit(url, { do: 'keep', subscription: subscription.id });
    expect(await shop.subscription(subscription.id)).toMatchObject({ cancel_at_period_end: false });
  });

  test('pays what is open with a new card', async () => {
    const { subscription, customer } = await shop.buyer();
    const url = await portalOf(customer.id);
    await submit(url, { do: 'card', card: 'declined' });
    await shop.control.advance({ to: 'renewal' });
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'past_due' });
    expect((await submit(url, { do: 'card', card: 'declined' })).status).toBe(402);
    expect((await submit(url, { do: 'card', card: 'works' })).status).toBe(303);
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'active' });
  });

  test('switches plans where that is configured', async () => {
    const { id } = await shop.stripe.billingPortal.configurations.create({
      features: {
        subscription_update: {
          enabled: true,
          default_allowed_updates: ['price'],
          proration_behavior: 'always_invoice',
          products: [{ product: shop.product.id, prices: [shop.pro.id, shop.enterprise.id] }],
        },
      },
    });
    const { subscription, customer } = await shop.buyer();
    const url = await portalOf(customer.id, id);
    expect(await visit(url)).toContain('Switch to');
    await submit(url, { do: 'switch', subscription: subscription.id, price: shop.enterprise.id });
    expect(await shop.subscription(subscription.id)).toMatchObject({
      items: { data: [{ price: { id: shop.enterprise.id } }] },
    });
    // What the configuration does not offer, a form made up by hand does not get either.
    await submit(url, { do: 'cancel', subscription: subscription.id });
    expect(await shop.subscription(subscription.id)).toMatchObject({ cancel_at_period_end: false });
  });

  test('is about its own customer alone', async () => {
    const [mine, theirs] = [await shop.buyer(), await shop.buyer()];
    const url = await portalOf(mine.customer.id);
    await submit(url, { do: 'cancel', subscription: theirs.subscription.id });
    expect(await shop.subscription(theirs.subscription.id)).toMatchObject({ cancel_at_period_end: false });
  });
});

describe('the desk', () => {
  const press = (action: string, id = '') => submit('/', { account: shop.secretKey, do: action, id });

  test('shows an account, and does what only time and banks do', async () => {
    const { subscription, invoice, customer } = await shop.buyer();
    const page = await visit(`/?account=${shop.secretKey}`);
    for (const text of [
      subscription.id,
      customer.email ?? '',
      'checkout.session.completed',
      'The time here',
    ]) {
      expect(page).toContain(text);
    }
    expect((await press('fail')).status).toBe(303);
    await press('renewal', subscription.id);
    const { status, latest_invoice: latest } = await shop.subscription(subscription.id);
    expect(status).toBe('past_due');
    await press('pay', String(latest));
    expect(await shop.subscription(subscription.id)).toMatchObject({ status: 'active' });
    await press('refund', invoice);
    expect((await shop.stripe.refunds.list()).data).toMatchObject([{ amount: 1_900 }]);
    expect((await press('refund', invoice)).status).toBe(400);
    await press('dispute', String(latest));
    const [dispute] = (await shop.stripe.disputes.list()).data;
    await press('lost', dispute?.id);
    expect(await shop.stripe.disputes.retrieve(dispute?.id ?? '')).toMatchObject({ status: 'lost' });
    expect(await visit(`/?account=${shop.secretKey}`)).toContain('dispute lost');
  });
});
