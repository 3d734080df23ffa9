import { describe, expect, it } from 'vitest';
import { purchase, useBilling } from '../support/billing.ts';
import { billingRows } from '../support/billing-rows.ts';

const billing = useBilling();
const { service, control, stripe } = billing;

const encoder = new TextEncoder();

/** Signs like Stripe (https://docs.stripe.com/webhooks#verify-manually). */
async function sign(body: string, { secret = stripe.webhookSecret, ageSeconds = 0 } = {}): Promise<string> {
  const time = Math.floor(Date.now() / 1_000) - ageSeconds;
  const key = await crypto.subtle.importKey(
    'raw',
    encoder.encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(`${time}.${body}`)));
  return `t=${time},v1=${Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const event = (fields: object = {}) =>
  JSON.stringify({
    id: `evt_${crypto.randomUUID()}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    type: 'customer.deleted',
    data: { object: { id: 'cus_nobody', object: 'customer' } },
    ...fields,
  });

const rows = async () => (await service.sql('SELECT id FROM stripe_events')).length;

describe('a webhook', () => {
  it.each([
    ['no signature', async () => ''],
    ['a signature of another secret', (body: string) => sign(body, { secret: 'whsec_of_somebody_else' })],
    ['a signature of another body', () => sign(event())],
    ['a signature that is no signature', async () => 't=now,v1=yes'],
    ['a signature that is 6 minutes old', (body: string) => sign(body, { ageSeconds: 360 })],
    ['a signature from 6 minutes ahead', (body: string) => sign(body, { ageSeconds: -360 })],
  ])('with %s is refused and leaves nothing', async (_, signatureOf) => {
    const before = await rows();
    const body = event();
    const response = await billing.webhook({ body, signature: await signatureOf(body) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'signature_invalid' });
    expect(await rows()).toBe(before);
  });

  it.each([
    [-290, 200],
    [290, 200],
  ])('signed %i seconds ago is taken', async (ageSeconds, status) => {
    const body = event();
    expect((await billing.webhook({ body, signature: await sign(body, { ageSeconds }) })).status).toBe(
      status,
    );
  });

  it('of the live mode is refused by a service in test mode', async () => {
    const body = event({ livemode: true });
    expect((await billing.webhook({ body, signature: await sign(body) })).status).toBe(400);
  });

  it.each(['', '{', '[]', '"evt"', '{"id":"evt_1"}'])('of %o is refused, not a 500', async (body) => {
    const response = await billing.webhook({ body, signature: await sign(body) });
    expect(response.status).toBe(400);
  });

  it('may be larger than other bodies, up to 256 KiB', async () => {
    const large = event({ data: { object: { id: 'x', object: 'customer', filler: 'x'.repeat(200_000) } } });
    expect((await billing.webhook({ body: large, signature: await sign(large) })).status).toBe(200);
    const tooLarge = event({ filler: 'x'.repeat(256 * 1_024) });
    expect((await billing.webhook({ body: tooLarge, signature: await sign(tooLarge) })).status).toBe(413);
  });

  it('is taken whatever it says about its type, because Stripe signs the bytes', async () => {
    const body = event();
    const response = await service.fetch('/billing/stripe/webhook', {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'text/plain', 'Stripe-Signature': await sign(body) },
    });
    expect(response.status).toBe(200);
  });

  it('is never limited', async () => {
    for (let n = 0; n < 20; n++) {
      const body = event();
      const response = await billing.webhook(
        { body, signature: await sign(body) },
        { RATE_LIMIT_DEFAULT: '2/60', RATE_LIMIT_CREDENTIALS: '1/60' },
      );
      expect(response.status).toBe(200);
    }
  });

  it('of a type that nobody here is concerned with, or about nobody we know, is taken and left alone', async () => {
    const unknown = [
      event({ type: 'price.created', data: { object: { id: 'price_1', object: 'price' } } }),
      event({
        type: 'customer.subscription.updated',
        data: { object: { id: 'sub_nobody', object: 'subscription', customer: 'cus_nobody' } },
      }),
      event({
        type: 'charge.refunded',
        data: { object: { id: 'ch_1', object: 'charge', payment_intent: 'pi_nobody' } },
      }),
      event({
        type: 'invoice.paid',
        data: { object: { id: 'in_1', object: 'invoice', parent: null, customer: 'cus_nobody' } },
      }),
    ];
    for (const body of unknown) {
      expect((await billing.webhook({ body, signature: await sign(body) })).status).toBe(200);
    }
    await service.workOffBilling();
    const ids = unknown.map((body) => JSON.parse(body).id);
    const statuses = await service.sql(
      'SELECT type, status FROM stripe_events WHERE id = ANY($1) ORDER BY type',
      [ids],
    );
    expect(statuses).toEqual([
      { type: 'charge.refunded', status: 'orphan' },
      { type: 'customer.subscription.updated', status: 'orphan' },
      { type: 'invoice.paid', status: 'orphan' },
      { type: 'price.created', status: 'done' },
    ]);
  });

  it('of a price that is no plan grants nothing, until it is one', async () => {
    const { account } = await purchase(billing);
    const [price] = await service.sql('SELECT provider_price_id, plan_id FROM plan_prices');
    await service.sql('DELETE FROM plan_prices');
    await billing.deliverEvents();
    expect((await billingRows(service, account.id)).subscriptions).toMatchObject([
      { status: 'active', plan: null },
    ]);
    const orphans = await service.sql(
      `SELECT id FROM stripe_events WHERE status = 'orphan' AND type LIKE 'customer.subscription%' AND created_at > now() - interval '1 minute' AND refs ->> 'subscription' LIKE 'sub_emu%'`,
    );
    expect(orphans.length).toBeGreaterThan(0);
    await service.sql(
      `INSERT INTO plan_prices (plan_id, provider_price_id, price_cents, currency, billing_period) VALUES ($1, $2, 1900, 'USD', 'monthly')`,
      [price?.plan_id, price?.provider_price_id],
    );
    await service.sql(
      `UPDATE stripe_events SET next_attempt_at = now() - interval '1 s' WHERE status = 'orphan'`,
    );
    await service.runCron();
    expect(await billingRows(service, account.id)).toMatchObject({
      subscriptions: [{ status: 'active', plan: 'pro' }],
      mails: ['subscription_started'],
    });
  });

  it('is counted when it is repeated, and worked off once', async () => {
    await purchase(billing);
    const [held] = (await control.events('customer.subscription.created')).slice(-1);
    if (!held) throw new Error('no event');
    const answers = await Promise.all(Array.from({ length: 30 }, () => billing.webhook(held)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await service.workOffBilling();
    expect(
      await service.sql('SELECT status, attempts, deliveries FROM stripe_events WHERE id = $1', [
        held.event.id,
      ]),
    ).toEqual([{ status: 'done', attempts: 1, deliveries: 30 }]);
  });

  it('costs one round trip to take in, and two to work off', async () => {
    await purchase(billing);
    const [held] = (await control.events('customer.subscription.created')).slice(-1);
    if (!held) throw new Error('no event');
    expect(await service.roundTrips(() => billing.webhook(held))).toBe(1);
    expect(await service.roundTrips(() => service.workOffBilling())).toBe(2);
  });

  it('without a key of Stripe is 503, billing_not_configured', async () => {
    const body = event();
    const response = await billing.webhook(
      { body, signature: await sign(body) },
      { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '' },
    );
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'billing_not_configured' });
  });
});
