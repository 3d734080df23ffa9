import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  type ErrorCode,
  refusalResponse,
  type Tier,
  type TollgateMethods,
  type TollgateService,
} from '../../src/rpc.ts';
import { Tollgate } from '../../src/worker.ts';
import { newAdmin, newSession } from '../support/accounts.ts';
import { newKey, newKeyOwner } from '../support/api-keys.ts';
import { granted, refusal, tollgateOf } from '../support/rpc.ts';
import { useService } from '../support/service.ts';
import { haveSubscription } from '../support/subscription-rows.ts';

const service = useService();
const tollgate = () => tollgateOf(service);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const report = () => ({ metric: 'items', quantity: 1, idempotency_key: crypto.randomUUID() });

describe('authenticate', () => {
  it('tells of a session whose it is and what the account has', async () => {
    const { id, email, token } = await newSession(service);
    const plain = granted(await tollgate().authenticate(bearer(token)));
    expect(plain).toMatchObject({
      ok: true,
      user: { id, email, is_verified: true },
      tier: 'free',
      plan: null,
    });
    expect(plain).not.toHaveProperty('scopes');
    expect(plain.user).toEqual(await (await service.fetch('/me', { token })).json());
    await haveSubscription(service, id);
    expect(await tollgate().authenticate(bearer(token))).toMatchObject({ tier: 'pro', plan: 'pro' });
  });

  it('tells of a key besides what it may do', async () => {
    const { id, key } = await newKeyOwner(service, ['usage:write', 'profile:read']);
    expect(await tollgate().authenticate({ apiKey: key })).toMatchObject({
      ...{ ok: true, user: { id }, scopes: ['profile:read', 'usage:write'] },
    });
  });

  it('takes a request, its headers, or what stood in them', async () => {
    const { token, key } = await newKeyOwner(service);
    for (const headers of [{ Authorization: `bearer ${token}` }, { 'X-API-Key': key }]) {
      for (const credentials of [new Headers(headers), new Request('https://reports.test/', { headers })]) {
        expect(await tollgate().authenticate(credentials)).toMatchObject({ ok: true });
      }
    }
    expect(await tollgate().authenticate({ ...bearer(token), apiKey: null, ip: undefined })).toMatchObject({
      ok: true,
    });
  });

  it('asks a key for the scope that is named, and else for the profile', async () => {
    const owner = await newSession(service);
    const { key } = await newKey(service, owner, ['usage:read']);
    expect(refusal(await tollgate().authenticate({ apiKey: key }))).toMatchObject({ code: 'scope_required' });
    expect(await tollgate().authenticate({ apiKey: key }, { scope: 'usage:read' })).toMatchObject({
      ok: true,
    });
    expect(refusal(await tollgate().authenticate({ apiKey: key }, { scope: 'usage:write' })).status).toBe(
      403,
    );
    // One that is for administrators stays theirs.
    await service.sql(`UPDATE api_keys SET scopes = '{admin:read}' WHERE user_id = $1`, [owner.id]);
    expect(refusal(await tollgate().authenticate({ apiKey: key }, { scope: 'admin:read' })).code).toBe(
      'admin_required',
    );
  });

  it('takes no key of an administrator for one that may do what an administrator does', async () => {
    const admin = await newAdmin(service);
    const { key: reading } = await newKey(service, admin, ['profile:read']);
    expect(refusal(await tollgate().authenticate({ apiKey: reading }, { admin: true })).code).toBe(
      'scope_required',
    );
    const { key } = await newKey(service, admin, ['profile:read', 'admin:read']);
    expect(await tollgate().authenticate({ apiKey: key }, { admin: true })).toMatchObject({ ok: true });
  });

  it('lets nobody through whose mailbox is not proven, unless that is said', async () => {
    const { token } = await newSession(service, { verified: false });
    expect(refusal(await tollgate().authenticate(bearer(token))).code).toBe('email_not_verified');
    expect(await tollgate().authenticate(bearer(token), { unverified: true })).toMatchObject({ ok: true });
  });

  it('lets nobody but administrators through where that is asked', async () => {
    const { token } = await newSession(service);
    expect(refusal(await tollgate().authenticate(bearer(token), { admin: true })).code).toBe(
      'admin_required',
    );
    const admin = await newAdmin(service);
    expect(await tollgate().authenticate(bearer(admin.token), { admin: true })).toMatchObject({ ok: true });
  });

  it('is dead for a session and a key at the next call once they have ended', async () => {
    const { token, cookie, key, keyId } = await newKeyOwner(service);
    const one = tollgate();
    expect([
      (await one.authenticate(bearer(token))).ok,
      (await one.authenticate({ apiKey: key })).ok,
    ]).toEqual([true, true]);
    await service.fetch(`/api-keys/${keyId}`, { method: 'DELETE', token });
    await service.post('/logout', undefined, { cookie });
    expect(refusal(await one.authenticate({ apiKey: key })).status).toBe(401);
    expect(refusal(await one.authenticate(bearer(token))).status).toBe(401);
  });
});

describe('requirePlan', () => {
  it('names the tier that is missing, and takes a higher one for a lower one', async () => {
    const { id, token } = await newSession(service);
    expect(refusal(await tollgate().requirePlan(bearer(token), 'pro'))).toMatchObject({
      ...{ status: 402, code: 'plan_required', detail: expect.stringContaining('"pro"') },
    });
    await haveSubscription(service, id, { plan_code: 'enterprise' });
    expect(await tollgate().requirePlan(bearer(token), 'pro')).toMatchObject({ tier: 'enterprise' });
    await service.sql(`UPDATE subscriptions SET status = 'canceled' WHERE user_id = $1`, [id]);
    expect(refusal(await tollgate().requirePlan(bearer(token), 'pro')).code).toBe('plan_required');
    expect(await tollgate().requirePlan(bearer(token), 'free')).toMatchObject({ ok: true });
  });
});

describe('entitlements', () => {
  it('are what HTTP answers', async () => {
    const { id, token } = await newSession(service);
    await haveSubscription(service, id);
    await tollgate().recordUsage(bearer(token), report());
    const overHttp = await (await service.fetch('/billing/entitlements', { token })).json<object>();
    expect(granted(await tollgate().entitlements(bearer(token)))).toEqual({ ok: true, ...overHttp });
  });
});

describe('round trips', () => {
  it('are 1 for every method, whatever comes of it, by a session and by a key', async () => {
    const { token, key } = await newKeyOwner(service, ['profile:read', 'billing:read', 'usage:write']);
    for (const credentials of [bearer(token), { apiKey: key }]) {
      for (const call of [
        () => tollgate().authenticate(credentials),
        () => tollgate().authenticate(credentials, { admin: true }),
        () => tollgate().requirePlan(credentials, 'free'),
        () => tollgate().requirePlan(credentials, 'pro'),
        () => tollgate().recordUsage(credentials, report()),
        () => tollgate().recordUsage(credentials, { ...report(), quantity: 500 }),
        () => tollgate().entitlements(credentials),
      ]) {
        expect(await service.roundTrips(call)).toBe(1);
      }
    }
  });

  it('are 0 for what is no credential, and what can not be asked', async () => {
    const { token } = await newSession(service);
    const trips = await service.roundTrips(async () => {
      await tollgate().authenticate({});
      await tollgate().authenticate({ ...bearer('x'), apiKey: 'tgk_x' });
      await tollgate().entitlements({ apiKey: 'tgk_x' });
      await tollgate().requirePlan(bearer(token), 'gold' as never);
    });
    expect(trips).toBe(0);
  });
});

describe('what another Worker passes', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'Bearer x'],
    ['a name that is misspelt', { Authorization: 'Bearer x' }],
    ['a key under another name', { api_key: 'x' }],
    ['a number', { apiKey: 7 }],
    ['an account', { user_id: crypto.randomUUID() }],
  ])('as credentials, %s: is refused as invalid', async (_case, credentials) => {
    const { status, errors } = refusal(await tollgate().authenticate(credentials as never));
    expect(status).toBe(422);
    expect(Object.keys(errors ?? {})[0]).toMatch(/^credentials/);
  });

  it.each([
    ['a demand that is misspelt', { administrator: true }],
    ['a scope that there is none of', { scope: 'everything' }],
    ['text for yes', { admin: 'yes' }],
    ['null', null],
  ])('as demands, %s: is refused and not overlooked', async (_case, demands) => {
    const { token } = await newAdmin(service);
    for (const answer of [
      await tollgate().authenticate(bearer(token), demands as never),
      await tollgate().requirePlan(bearer(token), 'free', demands as never),
    ]) {
      expect(refusal(answer)).toMatchObject({ status: 422, code: 'validation_failed' });
    }
  });

  it('never makes it throw', async () => {
    const { token } = await newSession(service);
    const hostile = {
      get authorization(): string {
        throw new Error('boom');
      },
    };
    expect(refusal(await tollgate().authenticate(hostile)).status).toBe(500);
    const circle: Record<string, unknown> = report();
    circle.metric = circle;
    expect(refusal(await tollgate().recordUsage(bearer(token), circle as never)).status).toBe(422);
    expect(refusal(await tollgate().recordUsage(bearer(token), undefined as never)).status).toBe(422);
  });
});

describe('the limits', () => {
  const tight = { RATE_LIMIT_DEFAULT: '2/60' };

  it('count for the account, together with those of HTTP', async () => {
    const { token } = await newSession(service);
    const one = tollgateOf(service, tight);
    expect((await service.fetch('/me', { token }, tight)).status).toBe(200);
    expect(await one.authenticate(bearer(token))).toMatchObject({ ok: true });
    const refused = refusal(await one.authenticate(bearer(token)));
    expect(refused).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(refused.retry_after).toBeGreaterThan(0);
    expect(refused.retry_after).toBeLessThanOrEqual(60);
  });

  it('count what is no credential for the network that it came from, where that is told', async () => {
    const one = tollgateOf(service, tight);
    const statuses = async (credentials: object) => {
      const heard = [];
      for (let n = 0; n < 3; n++) heard.push(refusal(await one.authenticate(credentials)).status);
      return heard;
    };
    expect(await statuses({ ip: '192.0.2.201' })).toEqual([401, 401, 429]);
    expect(await statuses(new Headers({ 'CF-Connecting-IP': '192.0.2.202' }))).toEqual([401, 401, 429]);
    expect(await statuses({})).toEqual([401, 401, 401]);
  });
});

describe('the log', () => {
  it('has a line for every call, with its request id, and nothing that is secret', async () => {
    const { id, token, key } = await newKeyOwner(service);
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(line));
    const headers = { Authorization: `Bearer ${token}`, 'X-Request-Id': 'order-4711' };
    await tollgate().authenticate(new Headers(headers));
    await tollgate().requirePlan({ apiKey: key }, 'pro');
    log.mockRestore();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        ...{ request_id: 'order-4711', method: 'RPC', route: 'Tollgate.authenticate', status: 200 },
        user_id: id,
      },
      { method: 'RPC', route: 'Tollgate.requirePlan', status: 402, code: 'plan_required' },
    ]);
    expect(lines.join()).not.toContain(token.slice(-20));
    expect(lines.join()).not.toContain(key.slice(4));
  });

  it('has what went wrong unforeseen, which the answer has not', async () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line));
    const hostile = {
      get authorization(): string {
        throw new Error('boom');
      },
    };
    const refused = refusal(await tollgate().authenticate(hostile));
    log.mockRestore();
    expect(JSON.stringify(refused)).not.toContain('boom');
    expect(refused).toMatchObject({ status: 500, code: 'internal_error' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      ...{ request_id: refused.request_id, status: 500, error: { message: 'boom' } },
    });
  });
});

it('a binding of it is typed through and through', () => {
  type Bound = Service<TollgateService>;
  type Caller = Extract<Awaited<ReturnType<Bound['requirePlan']>>, { ok: true }>;
  expectTypeOf<Caller['user']['email']>().toEqualTypeOf<string>();
  expectTypeOf<Caller['tier']>().toEqualTypeOf<Tier>();
  type Refused = Extract<Awaited<ReturnType<Bound['recordUsage']>>, { ok: false }>;
  expectTypeOf<Refused['code']>().toEqualTypeOf<ErrorCode>();
  expectTypeOf<Refused['retry_after']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Parameters<Bound['requirePlan']>[1]>().toExtend<Tier>();
  expectTypeOf<Bound>().not.toHaveProperty('forget');
});

it('the entrypoint has these methods and no other', () => {
  const methods = [
    'authenticate',
    'requirePlan',
    'recordUsage',
    'entitlements',
  ] satisfies (keyof TollgateMethods)[];
  const found = Object.getOwnPropertyNames(Tollgate.prototype).filter((name) => name !== 'constructor');
  expect(found.toSorted()).toEqual(methods.toSorted());
});

it('a refusal makes the answer that HTTP would have given', async () => {
  const { token } = await newSession(service);
  for (const [credentials, init] of [
    [{}, {}],
    [
      { ...bearer(token), apiKey: 'x' },
      { token, headers: { 'X-API-Key': 'x' } },
    ],
  ] as const) {
    const response = refusalResponse(refusal(await tollgate().authenticate(credentials)));
    const http = await service.fetch('/me', init);
    expect(response.status).toBe(http.status);
    for (const name of ['Content-Type', 'WWW-Authenticate', 'Cache-Control', 'Retry-After']) {
      expect(response.headers.get(name)).toBe(http.headers.get(name));
    }
    const { request_id: _, ...problem } = await response.json<Record<string, unknown>>();
    const { request_id: __, ...overHttp } = await http.json<Record<string, unknown>>();
    expect(problem).toEqual(overHttp);
  }
  await service.withoutDatabase(async () => {
    const response = refusalResponse(refusal(await tollgate().authenticate(bearer(token))));
    expect([response.status, Number(response.headers.get('Retry-After'))]).toEqual([503, expect.any(Number)]);
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
  });
});
