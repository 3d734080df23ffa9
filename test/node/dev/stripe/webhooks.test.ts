import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listen, readBody, stop } from '../../../../dev/http.ts';
import { type StripeEmulator, startStripeEmulator } from '../../../../dev/stripe/emulator.ts';

const SECRET = 'whsec_of_this_test';
const KEY = 'sk_test_emulator_webhooks';

describe('webhooks', () => {
  let directory: string;
  let receiver: Server;
  let webhookUrl: string;
  let received: { type: string; id: string }[];
  /** What the receiver answers next; 200 when nothing is left. */
  let answers: number[];
  let emulator: StripeEmulator;

  const start = () => startStripeEmulator({ port: 0, dataDir: directory, webhookUrl, webhookSecret: SECRET });
  const sdk = () =>
    new Stripe(KEY, { host: '127.0.0.1', port: emulator.port, protocol: 'http', maxNetworkRetries: 0 });
  const control = (path: string, body: object = {}) =>
    fetch(`${emulator.url}/_control${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${KEY}` },
      body: JSON.stringify(body),
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tollgate-stripe-'));
    received = [];
    answers = [];
    receiver = createServer((request, response) => {
      readBody(request)
        .then((body) =>
          Stripe.webhooks.constructEventAsync(body, String(request.headers['stripe-signature']), SECRET),
        )
        .then(({ type, id }) => {
          received.push({ type, id });
          response.writeHead(answers.shift() ?? 200).end();
        })
        .catch((error: unknown) => response.writeHead(400).end(String(error)));
    });
    webhookUrl = `http://127.0.0.1:${await listen(receiver, 0)}/hook`;
    emulator = await start();
  });
  afterEach(async () => {
    await emulator.close();
    await stop(receiver);
    await rm(directory, { recursive: true, force: true });
  });

  test('are pushed with a signature that verifies, again until they are taken', async () => {
    await control('/configure', { deliverySchedule: [0, 0, 0] });
    answers = [500, 503];
    await sdk().customers.create({ email: 'ada@acme.test' });
    await expect.poll(() => received.length).toBe(3);
    expect(new Set(received.map(({ id }) => id)).size).toBe(1);
    await expect
      .poll(async () => (await sdk().events.list()).data.map(({ pending_webhooks: pending }) => pending))
      .toEqual([0]);
  });

  test('wait when they are held, and are then delivered in any order, twice, or not at all', async () => {
    await control('/configure', { mode: 'hold' });
    const { id } = await sdk().customers.create({});
    await sdk().customers.update(id, { name: 'Ada' });
    await sdk().customers.del(id);
    expect(received).toEqual([]);
    await control('/deliver', { order: 'reverse', duplicate: 2, drop: ['customer.updated'] });
    expect(received.map(({ type }) => type)).toEqual([
      'customer.deleted',
      'customer.deleted',
      'customer.created',
      'customer.created',
    ]);
  });

  test('and everything else survive a restart', async () => {
    const { id } = await sdk().customers.create({ email: 'kept@acme.test' }, { idempotencyKey: 'k' });
    await control('/advance', { seconds: 1_000_000 });
    await expect.poll(() => received.length).toBe(1);
    await emulator.close();
    emulator = await start();
    expect(await sdk().customers.retrieve(id)).toMatchObject({ email: 'kept@acme.test' });
    const again = await sdk().customers.create({ email: 'kept@acme.test' }, { idempotencyKey: 'k' });
    expect(again.id).toBe(id);
    const later = await sdk().customers.create({});
    expect(later.created - again.created).toBeGreaterThan(999_000);
    expect((await sdk().events.list()).data).toHaveLength(2);
  });
});
