import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { networkOf } from '../../src/http/client-address.ts';
import { newIdentity, newSession } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();
const five = { RATE_LIMIT_CREDENTIALS: '5/60' };
const logIn = (headers: Record<string, string> = {}, overrides: Record<string, unknown> = five) =>
  service.fetch(
    '/login',
    { method: 'POST', json: { email: newIdentity().email, password: 'wrong' }, headers },
    overrides,
  );
const times = async (count: number, act: () => Promise<Response>) => {
  const statuses = [];
  for (let time = 0; time < count; time++) statuses.push((await act()).status);
  return statuses;
};

describe('a credential route', () => {
  it('lets exactly five of one client pass in a minute, and says when to come back', async () => {
    const from = { 'CF-Connecting-IP': '198.51.100.1' };
    expect(await times(7, () => logIn(from))).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const response = await logIn(from);
    expect(await response.json()).toMatchObject({ code: 'rate_limited' });
    expect(Number(response.headers.get('Retry-After'))).toBeLessThanOrEqual(60);
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
  });

  it('counts what is refused for its form as well', async () => {
    const from = { 'CF-Connecting-IP': '198.51.100.2' };
    const bad = () => service.fetch('/login', { method: 'POST', json: {}, headers: from }, five);
    expect(await times(6, bad)).toEqual([422, 422, 422, 422, 422, 429]);
  });

  it('counts each client, and each route, by itself', async () => {
    await times(6, () => logIn({ 'CF-Connecting-IP': '198.51.100.3' }));
    expect((await logIn({ 'CF-Connecting-IP': '198.51.100.4' })).status).toBe(401);
    const register = await service.fetch(
      '/register',
      { method: 'POST', json: newIdentity(), headers: { 'CF-Connecting-IP': '198.51.100.3' } },
      five,
    );
    expect(register.status).toBe(201);
  });

  it('believes no header that a client can set, nor a token nobody signed', async () => {
    let index = 0;
    const spoof = () => {
      index += 1;
      const address = `192.0.2.${index}`;
      return logIn({
        'CF-Connecting-IP': '198.51.100.5',
        'X-Forwarded-For': address,
        'X-Real-IP': address,
        'True-Client-IP': address,
        Forwarded: `for=${address}`,
        Authorization: `Bearer a.b.${index}`,
        'User-Agent': address,
      });
    };
    expect((await times(6, spoof)).at(-1)).toBe(429);
  });

  it('takes an IPv6 /64 for one client', async () => {
    let index = 0;
    const roam = () => logIn({ 'CF-Connecting-IP': `2001:db8:1:2::${(++index).toString(16)}` });
    expect((await times(6, roam)).at(-1)).toBe(429);
    expect((await logIn({ 'CF-Connecting-IP': '2001:db8:1:3::1' })).status).toBe(401);
  });

  it('counts a signed-in client by its account, wherever it is', async () => {
    const { token } = await newSession(service, { verified: false });
    let index = 0;
    const ask = () =>
      service.fetch(
        '/request/verify',
        { method: 'POST', token, headers: { 'CF-Connecting-IP': `198.51.100.${100 + ++index}` } },
        five,
      );
    expect(await times(6, ask)).toEqual([202, 202, 202, 202, 202, 429]);
  });

  it('lets no account fill the audit log with keys that it makes and revokes', async () => {
    const { id, token } = await newSession(service);
    const make = () =>
      service.fetch(
        '/api-keys',
        { method: 'POST', token, json: { name: 'one of many', scopes: ['profile:read'] } },
        five,
      );
    const revokeAll = async () => {
      const { data } = await (await service.fetch('/api-keys', { token }, five)).json<{
        data: { id: string }[];
      }>();
      for (const key of data) {
        await service.fetch(`/api-keys/${key.id}`, { method: 'DELETE', token }, five);
      }
    };
    const statuses = await times(7, async () => {
      const response = await make();
      await revokeAll();
      return response;
    });
    expect(statuses).toEqual([201, 201, 201, 201, 201, 429, 429]);
    const rows = await service.sql(
      `SELECT action FROM admin_audit_logs WHERE user_id = $1 AND action LIKE 'api_key.%'`,
      [id],
    );
    expect(rows).toHaveLength(10);
  });

  it('begins anew when its window is over', async () => {
    const from = { 'CF-Connecting-IP': '198.51.100.6' };
    const short = { RATE_LIMIT_CREDENTIALS: '2/1' };
    expect(await times(3, () => logIn(from, short))).toEqual([401, 401, 429]);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect((await logIn(from, short)).status).toBe(401);
  });

  it('has counted a request by the time it is answered, however slow KV is', async () => {
    const slow = {
      get: (key: string) => env.KV.get(key, 'json'),
      put: async (...parameters: Parameters<typeof env.KV.put>) => {
        await new Promise((resolve) => setTimeout(resolve, 150));
        return env.KV.put(...parameters);
      },
    };
    const from = { 'CF-Connecting-IP': '198.51.100.8' };
    expect(await times(6, () => logIn(from, { ...five, KV: slow }))).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('lets pass when KV fails, while the exact counters still count', async () => {
    const broken = {
      get: () => Promise.reject(new Error('KV is away')),
      put: () => Promise.reject(new Error('KV is away')),
    };
    const { email } = newIdentity();
    const statuses = await times(11, () =>
      service.fetch(
        '/login',
        { method: 'POST', json: { email, password: 'wrong' } },
        { ...five, KV: broken },
      ),
    );
    expect(statuses).toEqual([...Array(10).fill(401), 429]);
  });
});

describe('the generous limit', () => {
  const refusing = {
    RATE_LIMITER: { limit: async () => ({ success: false }) },
    RATE_LIMIT_DEFAULT: '600/60',
  };

  it('refuses with Retry-After whom the platform refuses', async () => {
    const response = await service.fetch('/me', {}, refusing);
    expect(response.status).toBe(429);
    expect(response.headers.get('Retry-After')).toBe('60');
  });

  it.each(['/health', '/health/ready'])('does not concern %s', async (path) => {
    expect((await service.fetch(path, {}, refusing)).status).toBe(200);
  });

  it('does not concern a preflight', async () => {
    const headers = { Origin: 'http://tollgate.test', 'Access-Control-Request-Method': 'POST' };
    expect((await service.fetch('/login', { method: 'OPTIONS', headers }, refusing)).status).toBe(204);
  });

  it('is exact where configuration allows less than the binding does', async () => {
    const from = { 'CF-Connecting-IP': '198.51.100.9' };
    const ask = () => service.fetch('/nothing', { headers: from }, { RATE_LIMIT_DEFAULT: '7/60' });
    expect(await times(9, ask)).toEqual([...Array(7).fill(404), 429, 429]);
  });

  it('spreads a client over several counters where configuration allows more than the binding does', async () => {
    const keys = new Set<string>();
    const RATE_LIMITER = {
      limit: async ({ key }: { key: string }) => {
        keys.add(key);
        return { success: true };
      },
    };
    for (let time = 0; time < 200; time++) {
      await service.fetch('/nothing', {}, { RATE_LIMITER, RATE_LIMIT_DEFAULT: '1800/60' });
    }
    expect(keys.size).toBe(3);
  });
});

describe('the network of an address', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
