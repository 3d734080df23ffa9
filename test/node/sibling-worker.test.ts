import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestHarness } from 'wrangler';
import { PROJECT_ROOT } from '../../dev/project.ts';
import { createVerifier } from '../../src/verify.ts';
import { useDatabase } from './dev/test-database.ts';

const START_TIMEOUT_MS = 120_000;
const APP_URL = 'http://tollgate.test';
const database = useDatabase();
const harness = createTestHarness();

/** examples/sibling-worker and the service, as two Workers with a binding between them. */
beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
  await harness.update({
    workers: [
      { configPath: join(PROJECT_ROOT, 'examples/sibling-worker/wrangler.toml') },
      {
        configPath: join(PROJECT_ROOT, 'wrangler.toml'),
        vars: {
          APP_ENV: 'test',
          APP_URL,
          RATE_LIMIT_CREDENTIALS: '1000/60',
          SMTP_HOST: '127.0.0.1',
          SMTP_PORT: String(inject('mailbox').smtpPort),
          MAIL_FROM: 'no-reply@tollgate.test',
        },
        secrets: {
          DATABASE_URL: database.url,
          ACCESS_SECRET_KEY: JSON.stringify(await exportJWK(privateKey)),
          REFRESH_SECRET_KEY: random(),
          VALIDATION_SECRET_KEY: random(),
        },
      },
    ],
  });
  await harness.listen();
}, START_TIMEOUT_MS);
afterAll(() => harness.close());

type Headers = Record<string, string>;
type Answer = Record<string, unknown>;

/** A request to the service itself. */
const tollgate = (path: string, json?: unknown, headers: Headers = {}) =>
  harness.getWorker('tollgate').fetch(`${APP_URL}${path}`, {
    ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    headers: { 'Content-Type': 'application/json', ...headers },
  });
/** One to the Worker beside it. */
const reports = (path: string, headers: Headers = {}, json?: unknown) =>
  harness.fetch(path, {
    ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    headers: { 'Content-Type': 'application/json', ...headers },
  });
const heard = async (response: { status: number; json(): Promise<unknown> }) =>
  [response.status, (await response.json()) as Answer] as const;

async function newSession() {
  const username = `user-${crypto.randomUUID().slice(0, 8)}`;
  const identity = { email: `${username}@acme.test`, username, password: 'correct horse battery staple' };
  expect((await tollgate('/register', identity)).status).toBe(201);
  await database.sql`UPDATE users SET is_verified = true WHERE username = ${username}`;
  const login = await tollgate('/login', identity);
  const { token } = (await login.json()) as { token: string };
  const cookie = login.headers.get('Set-Cookie')?.split(';')[0] ?? '';
  return { username, cookie, token, headers: { Authorization: `Bearer ${token}` } };
}
const grantPlan = (username: string, code: string) => database.sql`
  INSERT INTO subscriptions (user_id, plan_id, provider, status)
  SELECT users.id, plans.id, 'manual', 'active' FROM users, plans WHERE username = ${username} AND code = ${code}`;
describe('a Worker beside the service', () => {
  it('knows who is calling, by a token and by a key', async () => {
    const { username, headers } = await newSession();
    expect(await heard(await reports('/whoami', headers))).toEqual([200, { username, tier: 'free' }]);
    const made = await tollgate('/api-keys', { name: 'k', scopes: ['profile:read'] }, headers);
    const { key } = (await made.json()) as { key: string };
    expect(await heard(await reports('/whoami', { 'X-API-Key': key }))).toEqual([
      200,
      { username, tier: 'free' },
    ]);
  });

  it('passes a refusal on as the service would have said it', async () => {
    const response = await reports('/whoami');
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(response.headers.get('WWW-Authenticate')).toContain('Bearer');
    expect(await heard(response)).toMatchObject([401, { code: 'invalid_token', status: 401 }]);
  });

  it('opens a route to who pays, counts what they use, and stops at the limit', async () => {
    const { username, headers } = await newSession();
    const write = () => reports('/reports', headers, { title: 'Q3' });
    expect(await heard(await write())).toMatchObject([402, { code: 'plan_required' }]);

    await grantPlan(username, 'pro');
    expect(await heard(await write())).toEqual([201, { title: 'Q3', by: username, remaining: 99 }]);
    expect(await heard(await write())).toMatchObject([201, { remaining: 98 }]);
    expect(await heard(await reports('/allowance', headers))).toMatchObject([
      200,
      { tier: 'pro', usage: [{ metric: 'items', used: 2, limit: 100 }, { metric: 'secondary' }] },
    ]);

    const rest = { metric: 'items', quantity: 98, idempotency_key: 'the rest' };
    expect((await tollgate('/usage', rest, headers)).status).toBe(200);
    expect(await heard(await write())).toMatchObject([402, { code: 'limit_exceeded' }]);
  });

  it('hears of the end of a session at once, where a verified token is good until it expires', async () => {
    const { headers, token, cookie } = await newSession();
    const { verifyAccessToken } = createVerifier({
      issuer: APP_URL,
      fetch: async () => Response.json(await (await tollgate('/.well-known/jwks.json')).json()),
    });
    expect((await reports('/whoami', headers)).status).toBe(200);
    expect((await tollgate('/logout', {}, { Cookie: cookie })).status).toBe(204);
    expect((await reports('/whoami', headers)).status).toBe(401);
    expect(await verifyAccessToken(token)).toMatchObject({ entitlement: { tier: 'free' } });
  });

  it('gets an answer with the database away, and can tell it from a refusal', async () => {
    const { headers } = await newSession();
    await database.route('PUT', '/outage');
    const response = await reports('/whoami', headers);
    await database.route('DELETE', '/outage');
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(await heard(response)).toMatchObject([503, { code: 'database_unavailable' }]);
  });
});
