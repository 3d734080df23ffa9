import { describe, expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { billingMails, billingRows } from '../support/billing-rows.ts';
import { useShop } from '../support/shop.ts';

const shop = useShop();
const { service, stripe } = shop;

const sweep = async () => {
  await service.sql('UPDATE billing_tasks SET next_attempt_at = now()');
  await service.runCron();
  await shop.tell();
};
const alertsOf = async (userId: string) =>
  (await service.sql('SELECT kind FROM billing_alerts WHERE user_id = $1 ORDER BY kind', [userId])).map(
    ({ kind }) => kind,
  );
const chargedTo = async (userId: string) => {
  const [user] = await service.sql('SELECT stripe_customer_id FROM users WHERE id = $1', [userId]);
  const { objects } = await stripe.state();
  const charges = Object.values(objects.charge ?? {}) as {
    customer: string;
    paid: boolean;
    amount: number;
    amount_refunded: number;
  }[];
  return charges
    .filter(({ customer, paid }) => customer === user?.stripe_customer_id && paid)
    .reduce((sum, { amount, amount_refunded }) => sum + amount - amount_refunded, 0);
};

describe('an account that is deactivated', () => {
  it('can not be charged by the page that it had open', async () => {
    const session = await newSession(service);
    const { body } = await shop.subscribe(session.token);
    expect((await service.post('/deactivate', undefined, { token: session.token })).status).toBe(200);
    await sweep();
    await expect(stripe.completeSession(body.session_id ?? '')).rejects.toThrow('expired');
    expect(await chargedTo(session.id)).toBe(0);
  });

  it('is not renewed by a page that was paid just before it closed', async () => {
    const session = await newSession(service);
    const { body } = await shop.subscribe(session.token);
    await service.post('/deactivate', undefined, { token: session.token });
    await stripe.completeSession(body.session_id ?? '');
    await shop.tell();
    await sweep();
    expect((await billingRows(service, session.id)).subscriptions).toMatchObject([
      { status: 'active', cancel_at_period_end: true },
    ]);
  });
});

describe('a bank payment that is under way', () => {
  it('is given back when it arrives after the subscription was ended', async () => {
    const session = await newSession(service);
    const { body } = await shop.subscribe(session.token);
    await stripe.completeSession(body.session_id ?? '', { outcome: 'async' });
    await shop.tell();
    expect((await shop.post('/subscriptions/cancel', session.token)).status).toBe(200);
    await stripe.settleSession(body.session_id ?? '', 'succeeded');
    await shop.tell();
    await sweep();
    const rows = await billingRows(service, session.id);
    expect(rows.subscriptions).toMatchObject([
      { status: expect.stringMatching(/canceled|incomplete_expired/) },
    ]);
    expect(await chargedTo(session.id)).toBe(0);
    if (rows.payments.length > 0 && rows.payments[0]?.status !== 'failed') {
      expect(rows.payments).toMatchObject([{ status: 'refunded' }]);
      expect(await alertsOf(session.id)).toEqual(['paid_after_end']);
    }
  });
});

describe('a trial', () => {
  it('of one plan does not become a trial of another', async () => {
    await service.sql(`UPDATE plans SET trial_days = 14 WHERE code = 'pro'`);
    const session = await shop.customer();
    await service.sql(`UPDATE plans SET trial_days = 0 WHERE code = 'pro'`);
    const prorated = await shop.upgrade(session.token);
    expect([prorated.status, prorated.body.code]).toEqual([409, 'subscription_trialing']);
    const page = await shop.upgrade(session.token, { mode: 'checkout' });
    await stripe.completeSession(
      page.body.session_id ?? String(page.body.checkout_url).split('/').at(-1) ?? '',
    );
    await shop.tell();
    await sweep();
    expect(await chargedTo(session.id)).toBe(9_900);
    const { subscriptions } = await billingRows(service, session.id);
    expect(subscriptions.map(({ plan, status }) => `${plan} ${status}`).sort()).toEqual([
      'enterprise active',
      'pro canceled',
    ]);
  });
});

describe('a change of plan whose payment failed', () => {
  it('leaves nothing that could be charged once another change was paid', async () => {
    const session = await shop.customer();
    await stripe.failNextPayment({});
    expect((await shop.upgrade(session.token)).status).toBe(402);
    expect((await shop.upgrade(session.token)).status).toBe(200);
    const { objects } = await stripe.state();
    const invoices = Object.values(objects.invoice ?? {}) as { status: string; subscription_id?: string }[];
    expect(invoices.filter(({ status }) => status === 'open')).toEqual([]);
    expect(await chargedTo(session.id)).toBe(9_900);
  });
});

describe('money that is disputed', () => {
  it('is no credit, and its subscription is not charged for a change', async () => {
    const session = await shop.customer();
    const [payment] = (await billingRows(service, session.id)).payments;
    await stripe.dispute({ invoice: payment?.provider_invoice_id });
    await shop.tell();
    const prorated = await shop.upgrade(session.token);
    expect([prorated.status, prorated.body.code]).toEqual([409, 'subscription_suspended']);
    const page = await shop.upgrade(session.token, { mode: 'checkout' });
    await stripe.completeSession(String(page.body.checkout_url).split('/').at(-1) ?? '');
    await shop.tell();
    await sweep();
    const [user] = await service.sql('SELECT stripe_customer_id FROM users WHERE id = $1', [session.id]);
    const customer = (await shop.at('customer')).find(({ id }) => id === user?.stripe_customer_id);
    expect(customer?.balance).toBe(0);
  });
});

describe('a page that is open for a replacement', () => {
  it('is closed by a change that is made without it', async () => {
    const session = await shop.customer();
    const page = await shop.upgrade(session.token, { mode: 'checkout' });
    const sessionId = String(page.body.checkout_url).split('/').at(-1) ?? '';
    expect((await shop.upgrade(session.token)).status).toBe(200);
    await expect(stripe.completeSession(sessionId)).rejects.toThrow('expired');
  });

  it('that was paid already refuses the change', async () => {
    const session = await shop.customer();
    const page = await shop.upgrade(session.token, { mode: 'checkout' });
    await stripe.completeSession(String(page.body.checkout_url).split('/').at(-1) ?? '');
    expect((await shop.upgrade(session.token)).body.code).toBe('already_subscribed');
    await shop.tell();
    expect(await chargedTo(session.id)).toBe(1_900 + 9_900);
  });
});

describe('a confirmation that was refused', () => {
  it('leaves the page to try again on', async () => {
    const session = await newSession(service);
    const first = await shop.subscribe(session.token);
    await stripe.completeSession(first.body.session_id ?? '', { outcome: 'requires_action' });
    await shop.tell();
    const again = await shop.subscribe(session.token);
    expect([again.status, again.body.checkout_url]).toEqual([201, first.body.checkout_url]);
    await stripe.completeSession(first.body.session_id ?? '');
    await shop.tell();
    expect((await billingRows(service, session.id)).subscriptions).toMatchObject([{ status: 'active' }]);
  });
});

describe('a price that is no plan any more', () => {
  it('is told to a person, and what is told of it is what is paid', async () => {
    const session = await shop.customer();
    await service.sql(`UPDATE plans SET price_cents = 2900 WHERE code = 'pro'`);
    await service.sql(`DELETE FROM outbox WHERE user_id = $1`, [session.id]);
    await stripe.emit('customer.subscription.updated', session.subscription);
    await shop.tell();
    const [mail] = await service.sql(`SELECT payload FROM outbox WHERE user_id = $1`, [session.id]);
    expect(mail?.payload.amount_cents).toBe(1_900);
    await service.sql(`UPDATE plans SET price_cents = 1900 WHERE code = 'pro'`);
    await stripe.mutate(session.subscription, {}, 'customer.subscription.updated');
    await shop.tell();
    expect(await billingMails(service, session.id)).toEqual(['subscription_started']);
  });

  it('breaks no contract', async () => {
    expect(await stripe.violations()).toEqual([]);
  });
});
