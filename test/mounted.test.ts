import { createExecutionContext } from 'cloudflare:test';
import { Hono } from 'hono';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient } from '../src/client.ts';
import {
  authorizeCaller,
  buildDeps,
  callerOf,
  createApiKeysRouter,
  createAuthRouter,
  createBillingRouter,
  createHealthRouter,
  createService,
  createUsageRouter,
  type Deployment,
  METRICS,
  requireBearerOrKey,
  requirePlan,
  settingsOf,
  sql,
} from '../src/index.ts';
import { createTestKit, type TestUser } from '../src/testing.ts';
import { APP_URL, useService } from './support/service.ts';

const service = useService();

/** What the host's deployment has besides. */
const deployment: Deployment = {
  metrics: [
    ...METRICS,
    {
      name: 'projects',
      limit: { free: 2, pro: 20, enterprise: -1 },
      usageOf: (userId) => sql`(SELECT count(*) FROM projects WHERE owner = ${userId})`,
    },
    { name: 'exports', limit: { free: 1, pro: 5, enterprise: -1 } },
  ],
  features: { sso: ({ tier }) => tier === 'enterprise', drafts: () => true },
  userClaims: {
    'https://host.test/projects': (userId) =>
      sql`(SELECT to_jsonb(count(*)) FROM projects WHERE owner = ${userId})`,
  },
};
const deps = () => {
  const env = service.environment();
  return buildDeps(settingsOf(env), env, createExecutionContext(), deployment);
};

/** Routes of the host's own that our guards keep. */
const reports = createService({ deps })
  .get('/reports', requirePlan('pro'), (c) => c.json({ for: c.var.user.username }))
  .get('/projects', requireBearerOrKey, async (c) => {
    const { user } = await authorizeCaller(c.var.deps, callerOf(c), { scope: 'profile:read' }, () => []);
    return c.json({ of: user.username });
  });

/** Somebody's own app, with its own manners, and ours beside its routes under one prefix. */
const host = new Hono()
  .onError((error, c) => c.text(`host: ${error.message}`, 418))
  .notFound((c) => c.text('host: nothing here', 404))
  .get('/api/boom', () => {
    throw new Error('boom');
  })
  .route('/api', createAuthRouter({ deps }))
  .route('/api', createBillingRouter({ deps }))
  .route('/api', createApiKeysRouter({ deps }))
  .route('/api', createUsageRouter({ deps }))
  .route('/status', createHealthRouter({ deps }))
  .route('/api', reports)
  .get('/api/late', (c) => c.text('host: late'));

const kit = createTestKit({
  databaseUrl: service.databaseUrl,
  baseUrl: `${APP_URL}/api`,
  fetch: (request) => host.request(request),
});
const get = (path: string, headers: Record<string, string> = {}) => host.request(path, { headers });
const post = (path: string, json: unknown, headers: Record<string, string> = {}) =>
  host.request(path, {
    method: 'POST',
    body: JSON.stringify(json),
    headers: { 'Content-Type': 'application/json', ...headers },
  });

let user: TestUser;
beforeAll(async () => {
  await service.sql('CREATE TABLE projects (owner uuid NOT NULL)');
  user = await kit.user();
});

describe('mounted in another app', () => {
  it('the routes work under the prefix, by the client too', async () => {
    const tollgate = createClient({
      baseUrl: `${APP_URL}/api`,
      fetch: async (url, init) => host.request(url, init),
    });
    const email = 'ada@acme.test';
    const password = 'correct horse battery staple';
    await tollgate.api.register.$post({ json: { email, username: 'ada', password } });
    expect(await tollgate.login({ email, password })).toMatchObject({ username: 'ada' });
    expect((await tollgate.api.me.$get()).status).toBe(200);
    expect((await get('/status/health/ready')).status).toBe(200);
    expect(await (await get('/api/billing/plans')).json()).toHaveLength(3);
  });

  it('failures are problems with our headers', async () => {
    const response = await post('/api/login', { email: 'x' });
    expect(response.status).toBe(422);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(response.headers.get('X-Request-Id')).toBeTruthy();
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('the host’s own routes, errors and headers are left alone, under our prefix too', async () => {
    const expected = {
      '/api/boom': [418, 'host: boom'],
      '/api/late': [200, 'host: late'],
      '/api/nothing': [404, 'host: nothing here'],
      '/nothing': [404, 'host: nothing here'],
    };
    for (const [path, answer] of Object.entries(expected)) {
      const response = await get(path);
      expect([response.status, await response.text()]).toEqual(answer);
      expect([...response.headers.keys()]).toEqual(['content-type']);
    }
  });

  it('a request is one request, however many routers there are at its prefix', async () => {
    const log = vi.spyOn(console, 'log');
    await get('/api/billing/plans');
    await host.request('/api/me', { method: 'HEAD', headers: user.headers });
    const routes = log.mock.calls.map(([line]) => JSON.parse(line).route);
    log.mockRestore();
    expect(routes).toEqual(['/api/billing/plans', '/api/me']);
  });

  it('a preflight is answered for our routes, and left to the host for its own', async () => {
    const preflight = (path: string) =>
      host.request(path, {
        method: 'OPTIONS',
        headers: { Origin: APP_URL, 'Access-Control-Request-Method': 'POST' },
      });
    const ours = await preflight('/api/login');
    expect([ours.status, ours.headers.get('Access-Control-Allow-Origin')]).toEqual([204, APP_URL]);
    expect((await preflight('/api/late')).headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  it('the guards keep the host’s own routes', async () => {
    expect((await get('/api/reports')).status).toBe(401);
    const refused = await get('/api/reports', user.headers);
    expect([refused.status, await refused.json()]).toMatchObject([402, { code: 'plan_required' }]);
    const member = await kit.user();
    await kit.subscription(member, 'pro');
    expect(await (await get('/api/reports', member.headers)).json()).toEqual({ for: member.username });

    const made = await post('/api/api-keys', { name: 'sync', scopes: ['profile:read'] }, user.headers);
    const { key } = await made.json<{ key: string }>();
    expect(await (await get('/api/projects', { 'X-API-Key': key })).json()).toEqual({ of: user.username });
    expect((await get('/api/projects', { 'X-API-Key': `${key}x` })).status).toBe(401);
  });
});

describe('what a deployment has besides', () => {
  it('limits and usage of its own, from its own tables and from reports', async () => {
    const owner = await kit.user();
    await service.sql('INSERT INTO projects VALUES ($1)', [owner.id]);
    const report = (idempotency_key: string) =>
      post('/api/usage', { metric: 'exports', quantity: 1, idempotency_key }, owner.headers);
    expect((await report('a')).status).toBe(200);
    expect((await report('b')).status).toBe(402);
    const entitlements = await (await get('/api/billing/entitlements', owner.headers)).json<{
      usage: object[];
      features: string[];
    }>();
    expect(entitlements.usage).toMatchObject([
      { metric: 'items', used: 0, limit: 10 },
      { metric: 'secondary', used: 0, limit: 1 },
      { metric: 'projects', used: 1, limit: 2, remaining: 1 },
      { metric: 'exports', used: 1, limit: 1, remaining: 0 },
    ]);
    expect(entitlements.features).toEqual(['drafts']);
  });

  it('claims of its own in the access token, and none in the place of ours', async () => {
    expect(decodeJwt(user.token)).toMatchObject({
      sub: user.id,
      'https://host.test/projects': 0,
      ent: { tier: 'free' },
    });
    const named: Deployment = {
      // @ts-expect-error a claim of one's own has an address for a name
      userClaims: { sub: () => sql`'"somebody else"'::jsonb` },
    };
    expect(named).toBeDefined();
  });
});
