import Stripe from 'stripe';
import { afterAll, describe, expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { putSubscription } from '../support/put-subscription.ts';
import { useShop } from '../support/shop.ts';

const shop = useShop({ CORS_ORIGINS: 'https://app.acme.test' });
const { service, stripe } = shop;

afterAll(async () => {
  expect(await stripe.violations()).toEqual([]);
});

const sessionOf = async (id: string | undefined) =>
  (await shop.at('checkout.session')).find((session) => session.id === id);
const openSessions = async (customer: unknown) =>
  (await shop.at('checkout.session')).filter((one) => one.customer === customer && one.status === 'open');
const customerOf = async (userId: string) => {
  const [row] = await service.sql('SELECT stripe_customer_id FROM users WHERE id = $1', [userId]);
  return row?.stripe_customer_id as string | null;
};
const me = (token: string) => service.fetch('/billing/subscriptions/me', { token });
const sql = (text: string, ...parameters: unknown[]) => service.sql(text, parameters);

describe('POST /billing/subscriptions/subscribe', () => {
  it('answers a page to pay on, for the plan, the price and the customer that we say', async () => {
    const { token, id, email } = await newSession(service);
    const { status, body } = await shop.subscribe(token);
    expect([status, Object.keys(body).sort()]).toEqual([201, ['checkout_url', 'session_id']]);
    const session = await sessionOf(body.session_id);
    expect(session).toMatchObject({
      url: body.checkout_url,
      mode: 'subscription',
      customer: await customerOf(id),
      amount_total: 1_900,
      currency: 'usd',
      allow_promotion_codes: true,
      success_url: 'http://tollgate.test/app/billing/return?session_id={CHECKOUT_SESSION_ID}',
      cancel_url: 'http://tollgate.test/app/billing/plans',
    });
    const [customer] = (await shop.at('customer')).filter((one) => one.email === email);
    expect(customer?.id).toBe(session?.customer);
    const [intent, ...others] = await shop.intents(id);
    expect(others).toEqual([]);
    expect(intent).toMatchObject({
      status: 'open',
      provider_session_id: body.session_id,
      replaces_subscription_id: null,
      trial_days: 0,
    });
    expect(session?.client_reference_id).toBe(intent?.id);
    // Both agree about when it is over.
    expect(session?.expires_at).toBe(Math.floor(new Date(String(intent?.expires_at)).getTime() / 1_000));
  });

  it('grants nothing until Stripe tells of the payment, whatever page the browser goes to', async () => {
    const { token } = await newSession(service);
    const { body } = await shop.subscribe(token);
    expect((await me(token)).status).toBe(404);
    await service.fetch(`/billing/return?session_id=${body.session_id}`, { token });
    expect((await me(token)).status).toBe(404);
    await stripe.completeSession(body.session_id ?? '');
    expect((await me(token)).status).toBe(404);
    await shop.tell();
    expect(await (await me(token)).json()).toMatchObject({ status: 'active', plan: { code: 'pro' } });
  });

  it.each([
    ['another price', { price: 1 }],
    ['another amount', { price_cents: 1, amount: 1, unit_amount: 1 }],
    ['a price of Stripe’s', { price_id: 'price_1' }],
    ['another owner', { user_id: crypto.randomUUID(), customer: 'cus_1', customer_id: 'cus_1' }],
    ['a trial', { trial_days: 365, trial_period_days: 365 }],
    ['a coupon', { coupon: 'c', discounts: [{ coupon: 'c' }] }],
    ['a quantity', { quantity: 0 }],
  ])('lets nobody set %s', async (_what, fields) => {
    const { token, id } = await newSession(service);
    expect(await shop.subscribe(token, fields)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
    expect(await shop.intents(id)).toEqual([]);
  });

  it.each([
    ['an unknown plan', { plan_code: 'nothing' }, 404, 'plan_not_found'],
    ['a plan that costs nothing', { plan_code: 'free' }, 422, 'plan_code'],
    ['no plan', { plan_code: undefined }, 422, 'plan_code'],
    ['a page elsewhere', { success_url: 'https://evil.test/billing' }, 422, 'success_url'],
    [
      'a page elsewhere to turn back to',
      { cancel_url: 'https://app.acme.test.evil.test/' },
      422,
      'cancel_url',
    ],
    ['a path alone', { success_url: '/billing' }, 422, 'success_url'],
    ['a script', { cancel_url: 'javascript:alert(1)' }, 422, 'cancel_url'],
    ['a promotion code nobody gave out', { promotion_code: 'NONE' }, 422, 'promotion_code'],
  ])('refuses %s', async (_what, fields, status, code) => {
    const { token } = await newSession(service);
    const refused = await shop.subscribe(token, fields);
    expect(refused.status).toBe(status);
    expect(status === 422 ? Object.keys(refused.body.errors ?? {}) : [refused.body.code]).toEqual([code]);
  });

  it('refuses a plan that is not sold any more', async () => {
    const { token, id } = await newSession(service);
    await sql("UPDATE plans SET is_active = false WHERE code = 'enterprise'");
    const refused = await shop.subscribe(token, { plan_code: 'enterprise' });
    await sql("UPDATE plans SET is_active = true WHERE code = 'enterprise'");
    expect([refused.status, refused.body.code]).toEqual([404, 'plan_not_found']);
    expect(await shop.intents(id)).toEqual([]);
  });

  it('keeps the place of the session’s id in a success_url, wherever it stands', async () => {
    const { token } = await newSession(service);
    const given = 'https://app.acme.test/done/{CHECKOUT_SESSION_ID}?id={CHECKOUT_SESSION_ID}';
    const { body } = await shop.subscribe(token, { success_url: given });
    const session = await sessionOf(body.session_id);
    expect(session?.success_url).toBe(given);
  });

  it('a promotion code that is none does not stand in the way of buying without it', async () => {
    const { token, id } = await newSession(service);
    expect((await shop.subscribe(token, { promotion_code: 'NONE' })).status).toBe(422);
    expect((await shop.subscribe(token, { promotion_code: 'NONE' })).status).toBe(422);
    expect((await shop.subscribe(token)).status).toBe(201);
    expect(await openSessions(await customerOf(id))).toHaveLength(1);
  });
});

describe('a promotion code', () => {
  it('that is good is in the price, and asked for no more on the page', async () => {
    const { token } = await newSession(service);
    const api = (path: string, params: Record<string, string>) =>
      fetch(`${shop.account.apiUrl}/v1${path}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${shop.account.secretKey}`,
          'Stripe-Version': Stripe.API_VERSION,
          'Idempotency-Key': crypto.randomUUID(),
        },
        body: new URLSearchParams(params),
      });
    await api('/coupons', { id: 'half', percent_off: '50', duration: 'once' });
    const made = await api('/promotion_codes', {
      code: 'HALF',
      'promotion[type]': 'coupon',
      'promotion[coupon]': 'half',
    });
    expect(made.status).toBe(200);
    const { status, body } = await shop.subscribe(token, { promotion_code: 'HALF' });
    expect(status).toBe(201);
    const session = await sessionOf(body.session_id);
    expect(session).toMatchObject({ amount_total: 950 });
    expect(session?.allow_promotion_codes).toBeFalsy();
    expect((await shop.subscribe(token, { promotion_code: 'HALF' })).body).toEqual(body);
    expect((await shop.subscribe(token)).body.session_id).not.toBe(body.session_id);
  });
});

describe('one purchase at a time', () => {
  it('the same request gets the same page, and nothing new is made at Stripe', async () => {
    const { token, id } = await newSession(service);
    const first = await shop.subscribe(token);
    const before = (await stripe.requests()).length;
    expect(await shop.subscribe(token)).toEqual(first);
    const since = (await stripe.requests()).slice(before);
    expect(since.filter(({ method }) => method === 'POST')).toEqual([]);
    expect(await shop.intents(id)).toHaveLength(1);
  });

  it.each([
    ['another plan', { plan_code: 'enterprise' }],
    ['another page to come back to', { success_url: 'https://app.acme.test/thanks' }],
    ['another page to turn back to', { cancel_url: 'https://app.acme.test/no' }],
  ])('%s closes the page and opens another', async (_what, other) => {
    const { token, id } = await newSession(service);
    const first = await shop.subscribe(token);
    const second = await shop.subscribe(token, other);
    expect(second.status).toBe(201);
    expect(second.body.session_id).not.toBe(first.body.session_id);
    expect((await sessionOf(first.body.session_id))?.status).toBe('expired');
    const open = await openSessions(await customerOf(id));
    expect(open.map((session) => session.id)).toEqual([second.body.session_id]);
    expect((await shop.intents(id)).map(({ status }) => status)).toEqual(['superseded', 'open']);
    // What Stripe tells of the closed one changes nothing about the other.
    await shop.tell();
    expect(await shop.subscribe(token, other)).toEqual(second);
  });

  it('a changed price opens another page', async () => {
    const { token } = await newSession(service);
    await sql(
      `INSERT INTO plans (name, code, price_cents, currency, billing_period, tier, max_items, max_secondary)
       VALUES ('Team', 'team', 500, 'USD', 'monthly', 'pro', 10, 10)`,
    );
    const first = await shop.subscribe(token, { plan_code: 'team' });
    await sql('UPDATE plan_prices SET archived_at = now() WHERE price_cents = 500');
    await sql("UPDATE plans SET price_cents = 700 WHERE code = 'team'");
    const second = await shop.subscribe(token, { plan_code: 'team' });
    expect((await sessionOf(second.body.session_id))?.amount_total).toBe(700);
    expect((await sessionOf(first.body.session_id))?.status).toBe('expired');
  });

  it('a page that is over is replaced', async () => {
    const { token, id } = await newSession(service);
    const first = await shop.subscribe(token);
    await sql('UPDATE checkout_intents SET expires_at = now() WHERE user_id = $1', id);
    const second = await shop.subscribe(token);
    expect(second.body.session_id).not.toBe(first.body.session_id);
    expect(await openSessions(await customerOf(id))).toHaveLength(1);
  });

  it('a page that Stripe closed is replaced, though we were not told', async () => {
    const { token, id } = await newSession(service);
    const first = await shop.subscribe(token);
    await stripe.expireSession(first.body.session_id ?? '');
    const second = await shop.subscribe(token);
    expect(second.status).toBe(201);
    expect(second.body.session_id).not.toBe(first.body.session_id);
    expect(await openSessions(await customerOf(id))).toHaveLength(1);
  });

  it.each([
    ['the same plan', {}],
    ['another', { plan_code: 'enterprise' }],
  ])('once it is paid, %s is refused, and the user has it although no webhook came', async (_what, json) => {
    const { token, id } = await newSession(service);
    const { body } = await shop.subscribe(token);
    await stripe.completeSession(body.session_id ?? '');
    const again = await shop.subscribe(token, json);
    expect([again.status, again.body.code]).toEqual([409, 'already_subscribed']);
    expect((await me(token)).status).toBe(200);
    expect((await shop.intents(id)).map(({ status }) => status)).toEqual(['completed']);
    await shop.tell();
    expect(await sql('SELECT FROM subscriptions WHERE user_id = $1', id)).toHaveLength(1);
  });
});

describe('who has a subscription', () => {
  it.each([
    ['one that is active', {}, 'already_subscribed'],
    ['a cancelled one', { cancelAtPeriodEnd: true }, 'already_subscribed'],
    ['one that an administrator gave', { provider: 'manual' }, 'already_subscribed'],
    ['one past due in its days of grace', { status: 'past_due', pastDueFor: '1 day' }, 'payment_past_due'],
  ])('is refused a second beside %s', async (_what, row, code) => {
    const { token, id } = await newSession(service);
    await putSubscription(service, id, row);
    const refused = await shop.subscribe(token);
    expect([refused.status, refused.body.code]).toEqual([409, code]);
    expect(await shop.intents(id)).toEqual([]);
  });

  it.each([
    ['past_due', 'payment_past_due'],
    ['unpaid', 'payment_past_due'],
    ['incomplete', 'payment_past_due'],
    ['paused', 'already_subscribed'],
    ['trialing', 'already_subscribed'],
  ])('is refused a second one beside one that is %s at Stripe, whatever we know', async (status, code) => {
    const { token, id, subscription } = await shop.customer();
    await stripe.mutate(subscription, { status });
    await sql('DELETE FROM payments WHERE user_id = $1', id);
    await sql('DELETE FROM subscriptions WHERE user_id = $1', id);
    const refused = await shop.subscribe(token);
    expect([refused.status, refused.body.code]).toEqual([409, code]);
    expect((await shop.intents(id)).filter((one) => one.status === 'open')).toEqual([]);
    const [row] = await sql('SELECT status FROM subscriptions WHERE user_id = $1', id);
    expect(row?.status).toBe(status);
  });

  it('may buy again when it has ended', async () => {
    const buyer = await shop.customer();
    await stripe.mutate(buyer.subscription, { status: 'canceled' }, 'customer.subscription.deleted');
    await shop.tell();
    expect((await me(buyer.token)).status).toBe(404);
    expect((await shop.subscribe(buyer.token)).status).toBe(201);
  });
});

describe('the trial of a plan', () => {
  const withTrial = async (act: () => Promise<void>) => {
    await sql("UPDATE plans SET trial_days = 14 WHERE code = 'enterprise'");
    try {
      await act();
    } finally {
      await sql("UPDATE plans SET trial_days = 0 WHERE code = 'enterprise'");
    }
  };
  const wanted = { plan_code: 'enterprise' };

  it('is given once, and is no business of a second account of the same address', () =>
    withTrial(async () => {
      const first = await newSession(service);
      const { body } = await shop.subscribe(first.token, wanted);
      expect((await sessionOf(body.session_id))?.amount_total).toBe(0);
      const [intent] = await shop.intents(first.id);
      expect(intent).toMatchObject({
        trial_days: 14,
        trial_subject: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(await shop.subscribe(first.token, wanted)).toMatchObject({ body });

      await stripe.completeSession(body.session_id ?? '');
      await shop.tell();
      expect(await (await me(first.token)).json()).toMatchObject({ status: 'trialing' });
      expect(await sql('SELECT FROM trial_uses WHERE user_id = $1', first.id)).toHaveLength(1);

      // The account goes, somebody registers the address anew.
      const second = await newSession(service);
      await sql('DELETE FROM users WHERE id = $1', first.id);
      await sql('UPDATE users SET email = $1 WHERE id = $2', first.email, second.id);
      const again = await shop.subscribe(second.token, wanted);
      expect((await sessionOf(again.body.session_id))?.amount_total).toBe(9_900);
      expect(await shop.subscribe(second.token, wanted)).toEqual(again);
    }));

  it('is not given to an account that had one, whatever its address is now', () =>
    withTrial(async () => {
      const { id, token } = await newSession(service);
      await sql('INSERT INTO trial_uses (subject, user_id) VALUES ($1, $2)', `old-${id}`, id);
      const { body } = await shop.subscribe(token, wanted);
      expect((await sessionOf(body.session_id))?.amount_total).toBe(9_900);
    }));
});
