import { expect, test } from 'vitest';
import { EVENT_TYPES } from '../../../../dev/stripe/contract.ts';
import { decodeForm } from '../../../../dev/stripe/wire/form.ts';
import { DAY, invoiceOf, itemOf, openShop } from './shop.ts';

/** What Stripe's API has no way to, or the service does not use. */
const NEVER_MADE = [
  'invoice.finalization_failed',
  'price.deleted',
  'refund.failed',
  'subscription_schedule.canceled',
  'subscription_schedule.completed',
  'subscription_schedule.created',
  'subscription_schedule.released',
  'subscription_schedule.updated',
];

test('every event that the contract describes is made somewhere, and keeps to it', async () => {
  const shop = await openShop();
  const { stripe, control } = shop;
  const trial = await shop.buyer({
    payment_method_collection: 'if_required',
    subscription_data: {
      trial_period_days: 5,
      trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    },
  });
  await control.advance({ to: 'trial_end' });
  await control.setCard(trial.customer.id, 'works');
  await stripe.subscriptions.resume(trial.subscription.id);
  for (const outcome of ['succeeded', 'failed'] as const) {
    const session = await shop.session((await shop.customer()).id);
    await control.completeSession(session.id, { outcome: 'async' });
    await control.settleSession(session.id, outcome);
  }
  const asked = await shop.session((await shop.customer()).id);
  await control.completeSession(asked.id, { outcome: 'requires_action' });
  await control.expireSession(asked.id);

  const { subscription, customer, invoice } = await shop.buyer();
  const refund = await control.refund({ invoice });
  await stripe.refunds.update(refund.id, { metadata: { why: 'goodwill' } });
  const change = () =>
    stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: shop.enterprise.id }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
      expand: ['latest_invoice'],
    });
  await control.setCard(customer.id, 'declined');
  await change();
  await control.advance({ seconds: DAY });
  await control.payInvoice(invoiceOf(await change()).id);
  await stripe.subscriptions.update(subscription.id, {
    pause_collection: { behavior: 'mark_uncollectible' },
  });
  await control.advance({ to: 'renewal', subscription: subscription.id });
  await stripe.customers.update(customer.id, { name: 'Ada' });
  await stripe.customers.del(customer.id);
  await stripe.products.update(shop.product.id, { name: 'Renamed' });
  await stripe.prices.update(shop.pro.id, { active: false });
  await stripe.products.del((await stripe.products.create({ name: 'Never sold' })).id);

  const made = new Set((await control.events()).map(({ event }) => String(event.type)));
  expect(EVENT_TYPES.filter((type) => !made.has(type) && !NEVER_MADE.includes(type))).toEqual([]);
  expect(await control.violations()).toEqual([]);
});

test.each([
  ['a=1&b[c]=2', { a: '1', b: { c: '2' } }],
  ['items[0][price]=x&items[1][price]=y', { items: [{ price: 'x' }, { price: 'y' }] }],
  ['expand[]=a&expand[]=b.c', { expand: ['a', 'b.c'] }],
  ['metadata[0]=first&metadata[x]=y', { metadata: { 0: 'first', x: 'y' } }],
  ['name=%C3%A4+b%26c', { name: 'ä b&c' }],
])('the form %s is read', (form, values) => {
  expect(decodeForm(form)).toEqual(values);
});

test('a form that nests in two ways is refused', () => {
  expect(() => decodeForm('a=1&a[b]=2')).toThrow('Invalid parameter name');
  expect(() => decodeForm('[x]=1')).toThrow('Invalid parameter name');
});
