import { describe, expect, it } from 'vitest';
import { createTestKit } from '../src/testing.ts';
import { APP_URL, useService } from './support/service.ts';
import { stripeAccount } from './support/stripe.ts';

const stripe = stripeAccount();
const service = useService({
  STRIPE_SECRET_KEY: stripe.secretKey,
  STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
  STRIPE_API_URL: stripe.apiUrl,
});
const kit = createTestKit({
  databaseUrl: service.databaseUrl,
  baseUrl: APP_URL,
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    const { method, body } = request;
    return service.fetch(pathname, {
      method,
      ...(body && { body }),
      headers: Object.fromEntries(request.headers),
    });
  },
  webhookSecret: stripe.webhookSecret,
});
const read = async (path: string, headers: Record<string, string>) =>
  (await service.fetch(path, { headers })).json<Record<string, unknown>>();

describe('the testing kit', () => {
  it('makes a verified user, signed in', async () => {
    const user = await kit.user();
    const { id, email, username } = user;
    expect(await read('/me', user.headers)).toMatchObject({
      id,
      email,
      username,
      is_verified: true,
      is_admin: false,
    });
    expect((await service.post('/refresh-token', undefined, { cookie: user.cookie })).status).toBe(200);
  });

  it('makes one as asked for, whose mailbox is not proven', async () => {
    const { headers } = await kit.user({ email: 'Ada@acme.test', username: 'ada', verified: false });
    expect(await read('/me', headers)).toMatchObject({
      email: 'ada@acme.test',
      username: 'ada',
      is_verified: false,
    });
  });

  it('makes an administrator', async () => {
    const path = `/billing/plans/${crypto.randomUUID()}`;
    const statusFor = async ({ headers }: { headers: Record<string, string> }) =>
      (await service.fetch(path, { method: 'DELETE', headers })).status;
    expect([await statusFor(await kit.user()), await statusFor(await kit.admin())]).toEqual([403, 404]);
  });

  it('makes a subscription, and one that is over', async () => {
    const user = await kit.user();
    await kit.subscription(user, 'enterprise', { days: -1 });
    expect(await read('/billing/subscriptions/me', user.headers)).toMatchObject({ code: 'no_subscription' });
    const id = await kit.subscription(user, 'pro');
    expect(await read('/billing/subscriptions/me', user.headers)).toMatchObject({
      id,
      plan: { code: 'pro' },
      has_access: true,
    });
    await expect(kit.subscription(user, 'no-such-plan')).rejects.toThrow('no plan "no-such-plan"');
  });

  it('signs a webhook', async () => {
    const event = {
      id: 'evt_kit',
      type: 'customer.subscription.updated',
      object: { id: 'sub_kit', object: 'subscription', customer: 'cus_kit' },
    };
    expect((await kit.webhook(event)).status).toBe(200);
    const [row] = await service.sql("SELECT type, object_id FROM stripe_events WHERE id = 'evt_kit'");
    expect(row).toEqual({ type: event.type, object_id: 'sub_kit' });
  });
});
