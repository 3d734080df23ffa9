import { describe, expect, it } from 'vitest';
import { newAccount } from '../support/accounts.ts';
import { openSession, purchase, useBilling } from '../support/billing.ts';
import { billingMails, billingRows } from '../support/billing-rows.ts';

const billing = useBilling();
const { service, control } = billing;

describe('the life of a subscription, event by event', () => {
  it('a purchase becomes a subscription, a payment and one mail', async () => {
    const { account, subscriptionId } = await purchase(billing);
    await billing.deliverEvents();
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [
        { status: 'active', plan: 'pro', provider_subscription_id: subscriptionId, replaced: false },
      ],
      payments: [{ amount_cents: 1_900, currency: 'USD', status: 'succeeded' }],
      mails: ['subscription_started'],
    });
    await service.deliverQueued();
    const [mail] = (await service.mailsTo(account.email)).filter(({ subject }) =>
      /subscription|plan/i.test(subject),
    );
    expect(mail?.text).toContain('Pro');
    expect(mail?.text).toContain('$19.00');
  });

  it('a renewal is paid, and told of', async () => {
    const { account, subscriptionId } = await purchase(billing);
    await billing.deliverEvents();
    await control.advance({ to: 'renewal', subscription: subscriptionId });
    await billing.deliverEvents();
    const { payments, mails } = await billingRows(service, account.id);
    expect(payments.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(mails).toEqual(['subscription_renewed', 'subscription_started']);
  });

  it('a renewal that fails leaves the access for a while, and is made good', async () => {
    const { account, subscriptionId, customerId } = await purchase(billing);
    await billing.deliverEvents();
    await control.failNextPayment({ customer: customerId });
    await control.advance({ to: 'renewal', subscription: subscriptionId });
    await billing.deliverEvents();
    const failed = await billingRows(service, account.id);
    expect(failed.subscriptions).toMatchObject([{ status: 'past_due', past_due: true }]);
    expect(failed.payments.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
    expect(failed.mails).toEqual(['payment_failed', 'subscription_started']);

    await control.payInvoice(failed.payments[1]?.provider_invoice_id);
    await billing.deliverEvents();
    const recovered = await billingRows(service, account.id);
    expect(recovered.subscriptions).toMatchObject([{ status: 'active', past_due: false }]);
    expect(recovered.payments.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(recovered.mails).toEqual(['payment_failed', 'subscription_renewed', 'subscription_started']);
  });

  it('a trial begins, is announced to end, and is used up', async () => {
    const account = await newAccount(service);
    const session = await openSession(billing, account, { trialDays: 14 });
    await control.completeSession(session.id, { outcome: 'paid' });
    await billing.deliverEvents();
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'trialing' }],
      payments: [],
      mails: ['subscription_started'],
    });
    expect(await service.sql('SELECT subject FROM trial_uses WHERE user_id = $1', [account.id])).toEqual([
      { subject: `subject-${account.id}` },
    ]);
  });

  it('money that is given back is marked and told of', async () => {
    const { account } = await purchase(billing);
    await billing.deliverEvents();
    const [payment] = (await billingRows(service, account.id)).payments;
    await control.refund({ invoice: payment?.provider_invoice_id, amount: 500 });
    await billing.deliverEvents();
    expect((await billingRows(service, account.id)).payments).toMatchObject([
      { status: 'succeeded', refunded_cents: 500 },
    ]);
    await control.refund({ invoice: payment?.provider_invoice_id });
    await billing.deliverEvents();
    expect((await billingRows(service, account.id)).payments).toMatchObject([
      { status: 'refunded', refunded_cents: 1_900, amount_cents: 1_900 },
    ]);
    expect(await billingMails(service, account.id)).toEqual([
      'payment_refunded',
      'payment_refunded',
      'subscription_started',
    ]);
  });

  it.each([
    ['won', false],
    ['lost', true],
  ] as const)(
    'a dispute takes the access away, and when it is %s that stays so: %o',
    async (outcome, suspended) => {
      const { account } = await purchase(billing);
      await billing.deliverEvents();
      const [payment] = (await billingRows(service, account.id)).payments;
      const dispute = await control.dispute({ invoice: payment?.provider_invoice_id });
      await billing.deliverEvents();
      expect(await billingRows(service, account.id)).toMatchObject({
        subscriptions: [{ status: 'active', suspended: true }],
        payments: [{ dispute_status: 'open' }],
      });
      await control.closeDispute(dispute.id, outcome);
      await billing.deliverEvents();
      expect(await billingRows(service, account.id)).toMatchObject({
        subscriptions: [{ suspended }],
        payments: [{ dispute_status: outcome }],
      });
    },
  );

  it('a bank transfer is waited for, and grants nothing before it is there', async () => {
    const account = await newAccount(service);
    const session = await openSession(billing, account);
    await control.completeSession(session.id, { outcome: 'async' });
    await billing.deliverEvents();
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'incomplete' }],
      payments: [{ status: 'pending' }],
      mails: [],
    });
    await control.settleSession(session.id, 'succeeded');
    await billing.deliverEvents();
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'active' }],
      payments: [{ status: 'succeeded' }],
      mails: ['subscription_started'],
    });
  });

  it('a bank transfer that fails is told of', async () => {
    const account = await newAccount(service);
    const session = await openSession(billing, account);
    await control.completeSession(session.id, { outcome: 'async' });
    await control.settleSession(session.id, 'failed');
    await billing.deliverEvents();
    const rows = await billingRows(service, account.id);
    expect(rows.subscriptions).toMatchObject([{ status: expect.stringMatching(/^incomplete/) }]);
    expect(rows.payments).toMatchObject([{ status: 'failed' }]);
    expect(rows.mails).toEqual(['payment_failed']);
  });

  it('a customer that is deleted at Stripe is forgotten, and its subscription ends', async () => {
    const { account, customerId } = await purchase(billing);
    await billing.deliverEvents();
    await service.deps().seller?.sales.deleteCustomer(customerId, 'test');
    await billing.deliverEvents();
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([{ status: 'canceled' }]);
    expect(await service.sql('SELECT stripe_customer_id FROM users WHERE id = $1', [account.id])).toEqual([
      { stripe_customer_id: null },
    ]);
  });

  it('leaves no event behind, and breaks no contract', async () => {
    expect(
      await service.sql(
        `SELECT id, type, status, last_error FROM stripe_events WHERE status NOT IN ('done', 'orphan')`,
      ),
    ).toEqual([]);
    expect(await control.violations()).toEqual([]);
  });
});
