import Stripe from 'stripe';
import { expect, it } from 'vitest';
import { stripeAccount } from './stripe.ts';

it('a test has a Stripe account to itself, whose events verify', async () => {
  const account = stripeAccount();
  const { hostname, port } = new URL(account.apiUrl);
  const stripe = new Stripe(account.secretKey, { host: hostname, port: Number(port), protocol: 'http' });
  const customer = await stripe.customers.create({ email: 'ada@acme.test' }, { idempotencyKey: 'once' });
  expect(customer.id).toMatch(/^cus_emu_/);

  const [held] = await account.control.events('customer.created');
  const verified = await Stripe.webhooks.constructEventAsync(
    held?.body ?? '',
    held?.signature ?? '',
    account.webhookSecret,
  );
  expect(verified).toMatchObject({ type: 'customer.created', data: { object: { id: customer.id } } });
  expect(await account.control.requests()).toMatchObject([{ idempotency_key: 'once', status: 200 }]);
  expect(await account.control.violations()).toEqual([]);
  await expect(stripeAccount().control.events()).resolves.toEqual([]);
});
