import { describe, expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { type Answer, useShop } from '../support/shop.ts';

const shop = useShop();
const { service, stripe } = shop;

const ROUNDS = Array.from({ length: rounds(3) }, (_, round) => round);
const PARALLEL = 30;
const times = <T>(count: number, act: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));
const tally = (answers: readonly Answer[]) =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ status, body }) => [status, body.code].filter(Boolean).join(' '))].map(
      ([what, group]) => [what, group.length],
    ),
  );
const sql = (text: string, ...parameters: unknown[]) => service.sql(text, parameters);
const openAtStripe = async (userId: string) => {
  const [row] = await sql('SELECT stripe_customer_id AS id FROM users WHERE id = $1', userId);
  const sessions = await shop.at('checkout.session');
  return sessions.filter((one) => one.customer === row?.id && one.status === 'open').map((one) => one.id);
};
const subscriptionsOf = (userId: string) =>
  sql(
    `SELECT plans.code, s.status, s.cancel_at_period_end, s.provider_price_id
     FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id WHERE user_id = $1`,
    userId,
  );
const mailsOf = async (userId: string, kind: string) =>
  (await sql('SELECT FROM outbox WHERE user_id = $1 AND kind = $2', userId, kind)).length;

describe('thirty at once', () => {
  it.each(ROUNDS)('subscribe alike: one page, handed out to all (%i)', async () => {
    const { token, id, email } = await newSession(service);
    const answers = await times(PARALLEL, () => shop.subscribe(token));
    expect(tally(answers)).toEqual({ 201: PARALLEL });
    expect(new Set(answers.map(({ body }) => body.checkout_url)).size).toBe(1);
    expect(await openAtStripe(id)).toEqual([answers[0]?.body.session_id]);
    expect((await shop.intents(id)).map(({ status }) => status)).toEqual(['open']);
    expect((await shop.at('customer')).filter((one) => one.email === email)).toHaveLength(1);
  });

  it.each(['/v1/customers', '/v1/checkout/sessions'])(
    'subscribe alike while Stripe takes its time over %s: one page all the same',
    async (path) => {
      const { token, id } = await newSession(service);
      await stripe.faults({ hangMs: 600, count: 1, method: 'POST', path });
      const answers = await times(PARALLEL, () => shop.subscribe(token));
      expect(tally(answers)).toEqual({ 201: PARALLEL });
      expect(await openAtStripe(id)).toEqual([answers[0]?.body.session_id]);
      expect(new Set(answers.map(({ body }) => body.session_id)).size).toBe(1);
    },
  );

  it.each(ROUNDS)('subscribe to one of two plans: one page is open, the others are closed (%i)', async () => {
    const { token, id } = await newSession(service);
    const answers = await times(PARALLEL, (index) =>
      shop.subscribe(token, { plan_code: index % 2 ? 'pro' : 'enterprise' }),
    );
    const { 201: opened = 0, '409 checkout_superseded': gaveWay = 0, ...others } = tally(answers);
    expect([opened + gaveWay, others]).toEqual([PARALLEL, {}]);
    expect(opened).toBeGreaterThan(0);
    const open = (await shop.intents(id)).filter(({ status }) => status === 'open');
    // Whichever of them came last; where that gave way before it was answered, there may be none at all.
    expect(open.length).toBeLessThanOrEqual(1);
    expect(await openAtStripe(id)).toEqual(open.flatMap((one) => one.provider_session_id ?? []));
    const again = await shop.subscribe(token);
    expect(again.status).toBe(201);
    expect(await openAtStripe(id)).toEqual([again.body.session_id]);
  });

  it.each(ROUNDS)('subscribe while the page is paid: one subscription (%i)', async () => {
    const { token, id } = await newSession(service);
    const { body } = await shop.subscribe(token);
    const paid = stripe.completeSession(body.session_id ?? '');
    const answers = await times(PARALLEL, (index) =>
      shop.subscribe(token, { plan_code: index % 2 ? 'pro' : 'enterprise' }),
    );
    const bought = await paid.then(
      () => 1,
      () => 0,
    );
    await shop.tell();
    const live = await subscriptionsOf(id);
    expect(live).toHaveLength(bought);
    if (bought) expect(await openAtStripe(id)).toEqual([]);
    else expect((await openAtStripe(id)).length).toBeLessThanOrEqual(1);
    for (const { status, body } of answers) {
      expect([201, 409]).toContain(status);
      if (status === 409) expect(['already_subscribed', 'checkout_superseded']).toContain(body.code);
    }
  });

  it.each(ROUNDS)('cancel: it is cancelled once, and one mail says so (%i)', async () => {
    const buyer = await shop.customer();
    const answers = await times(PARALLEL, () => shop.post('/subscriptions/cancel', buyer.token));
    const { 200: done = 0, '409 already_canceling': late = 0, ...others } = tally(answers);
    expect([done > 0, done + late, others]).toEqual([true, PARALLEL, {}]);
    await shop.tell();
    expect(await subscriptionsOf(buyer.id)).toMatchObject([{ status: 'active', cancel_at_period_end: true }]);
    expect(await mailsOf(buyer.id, 'subscription_canceled')).toBe(1);
    const made = (await stripe.requests()).filter(
      (one) => one.path === `/v1/subscriptions/${buyer.subscription}` && one.method === 'POST',
    );
    expect(made.filter((one) => one.status === 200 && !one.replayed)).toHaveLength(1);
  });

  it.each(ROUNDS)('cancel and resume against each other: the row says what Stripe says (%i)', async () => {
    const buyer = await shop.customer();
    const acts = ['cancel', 'resume'];
    const answers = await times(PARALLEL, (index) =>
      shop.post(`/subscriptions/${acts[index % 2]}`, buyer.token),
    );
    for (const { status } of answers) expect([200, 409]).toContain(status);
    await shop.tell();
    const [at] = (await shop.at('subscription')).filter((one) => one.id === buyer.subscription);
    expect(await subscriptionsOf(buyer.id)).toMatchObject([
      { status: 'active', cancel_at_period_end: at?.cancel_at_period_end },
    ]);
  });

  it.each(ROUNDS)('upgrade: one change, one payment, one mail (%i)', async () => {
    const buyer = await shop.customer();
    const answers = await times(PARALLEL, () => shop.upgrade(buyer.token));
    const { 200: done = 0, '409 already_subscribed': late = 0, ...others } = tally(answers);
    expect([done > 0, done + late, others]).toEqual([true, PARALLEL, {}]);
    await shop.tell();
    expect(await subscriptionsOf(buyer.id)).toMatchObject([{ code: 'enterprise', status: 'active' }]);
    expect(await sql('SELECT FROM payments WHERE user_id = $1', buyer.id)).toHaveLength(2);
    expect(await mailsOf(buyer.id, 'subscription_changed')).toBe(1);
  });

  it.each(ROUNDS)('upgrade by a checkout: one page (%i)', async () => {
    const buyer = await shop.customer();
    const answers = await times(PARALLEL, () => shop.upgrade(buyer.token, { mode: 'checkout' }));
    expect(tally(answers)).toEqual({ 201: PARALLEL });
    expect(new Set(answers.map(({ body }) => body.session_id)).size).toBe(1);
    expect(await openAtStripe(buyer.id)).toHaveLength(1);
  });

  it.each(ROUNDS)('open the portal: one customer (%i)', async () => {
    const { token, id, email } = await newSession(service);
    expect(tally(await times(PARALLEL, () => shop.post('/portal', token)))).toEqual({ 201: PARALLEL });
    const made = (await shop.at('customer')).filter((one) => one.email === email);
    const [row] = await sql('SELECT stripe_customer_id AS id FROM users WHERE id = $1', id);
    expect(made.map((one) => one.id)).toEqual([row?.id]);
  });
});
