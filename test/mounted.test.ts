import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createAuthRouter, createBillingRouter, createHealthRouter } from '../src/index.ts';
import { newIdentity } from './support/accounts.ts';
import { useService } from './support/service.ts';

const service = useService();

/** Somebody's own app, with its own manners, and ours at a prefix. */
const host = new Hono()
  .onError((error, c) => c.text(`host: ${error.message}`, 418))
  .notFound((c) => c.text('host: nothing here', 404))
  .get('/boom', () => {
    throw new Error('boom');
  })
  .route('/accounts', createAuthRouter({ deps: () => service.deps() }))
  .route('/shop', createBillingRouter({ deps: () => service.deps() }))
  .route('/status', createHealthRouter({ deps: () => service.deps() }));

const post = (path: string, json: unknown) =>
  host.request(path, {
    method: 'POST',
    body: JSON.stringify(json),
    headers: { 'Content-Type': 'application/json' },
  });

describe('mounted in another app', () => {
  it('the routes work under the prefix', async () => {
    const identity = newIdentity();
    expect((await post('/accounts/register', identity)).status).toBe(201);
    const login = await post('/accounts/login', identity);
    expect(login.status).toBe(200);
    const { token } = await login.json<{ token: string }>();
    const me = await host.request('/accounts/me', { headers: { Authorization: `Bearer ${token}` } });
    expect(await me.json()).toMatchObject({ email: identity.email });
    expect((await host.request('/status/health/ready')).status).toBe(200);
    expect(await (await host.request('/shop/billing/plans')).json()).toHaveLength(3);
  });

  it('failures are problems with our headers', async () => {
    const response = await post('/accounts/login', { email: 'x' });
    expect(response.status).toBe(422);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(response.headers.get('X-Request-Id')).toBeTruthy();
    expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('the host’s own routes, errors and headers are left alone', async () => {
    const boom = await host.request('/boom');
    expect([boom.status, await boom.text()]).toEqual([418, 'host: boom']);
    expect(boom.headers.get('X-Request-Id')).toBeNull();
    const nothing = await host.request('/nothing');
    expect([nothing.status, await nothing.text()]).toEqual([404, 'host: nothing here']);
  });
});
