import { createExecutionContext } from 'cloudflare:test';
import { decodeJwt, importJWK, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { buildDeps, settingsOf } from '../../src/deps.ts';
import { createService, requirePlan } from '../../src/index.ts';
import type { Answer } from '../../src/rpc.ts';
import type { Tollgate } from '../../src/worker.ts';
import { newSession } from '../support/accounts.ts';
import { newKey, newKeyOwner, withoutApiAccess } from '../support/api-keys.ts';
import { granted, refusal, tollgateOf } from '../support/rpc.ts';
import { newKey as newSigningKey, TEST_KEYS, useService } from '../support/service.ts';
import { haveSubscription } from '../support/subscription-rows.ts';

const service = useService();
const EVERY_SCOPE = ['profile:read', 'billing:read', 'usage:read', 'usage:write'] as const;

type Sent = { readonly headers: Record<string, string>; readonly overrides?: Record<string, unknown> };
type Way = {
  readonly http: (sent: Sent) => Response | Promise<Response>;
  readonly rpc: (tollgate: Tollgate, headers: Headers) => Promise<Answer<object>>;
};

/** Somebody's own route behind a plan. */
async function reports({ headers, overrides }: Sent): Promise<Response> {
  const env = service.environment(overrides);
  const deps = () => buildDeps(settingsOf(env), env, createExecutionContext());
  const paid = createService({ deps }).get('/reports', requirePlan('pro', { scope: 'profile:read' }), (c) =>
    c.json({}),
  );
  return paid.request('/reports', { headers });
}

/** The same question, asked in both ways. A new method gets its line. */
const WAYS: Record<string, Way> = {
  'GET /me and authenticate': {
    http: ({ headers, overrides }) => service.fetch('/me', { headers }, overrides),
    rpc: (tollgate, headers) => tollgate.authenticate(headers, { unverified: true }),
  },
  'a route behind a plan and requirePlan': {
    http: reports,
    rpc: (tollgate, headers) => tollgate.requirePlan(headers, 'pro'),
  },
  'POST /usage and recordUsage': {
    http: ({ headers, overrides }) =>
      service.fetch('/usage', { method: 'POST', json: report(), headers }, overrides),
    rpc: (tollgate, headers) => tollgate.recordUsage(headers, report()),
  },
  'GET /billing/entitlements and entitlements': {
    http: ({ headers, overrides }) => service.fetch('/billing/entitlements', { headers }, overrides),
    rpc: (tollgate, headers) => tollgate.entitlements(headers),
  },
};

const report = () => ({ metric: 'items', quantity: 1, idempotency_key: crypto.randomUUID() });
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const apiKey = (key: string) => ({ 'X-API-Key': key });

/** A session whose account would be let through everywhere. */
async function payingSession() {
  const session = await newSession(service);
  await haveSubscription(service, session.id);
  return session;
}
async function payingKeyOwner() {
  const owner = await newKeyOwner(service, EVERY_SCOPE);
  await haveSubscription(service, owner.id);
  return owner;
}

async function tokenOf(change: Record<string, unknown>, signer = TEST_KEYS.access, typ = 'at+jwt') {
  const { token } = await payingSession();
  return new SignJWT({ ...decodeJwt(token), ...change })
    .setProtectedHeader({ alg: 'ES256', typ })
    .sign(await importJWK(JSON.parse(signer), 'ES256'));
}

/** Each refusal of a network needs one that sent nothing yet. */
let networks = 0;

/** What is sent, and what both ways say of it. */
const REFUSED: [name: string, code: string, sent: () => Promise<Sent>][] = [
  ['nothing', '401 invalid_token', async () => ({ headers: {} })],
  ['another scheme', '401 invalid_token', async () => ({ headers: { Authorization: 'Basic eA==' } })],
  ['no token at all', '401 invalid_token', async () => ({ headers: bearer('x.y.z') })],
  [
    'a token that has expired',
    '401 invalid_token',
    async () => ({ headers: bearer(await tokenOf({ exp: 1 })) }),
  ],
  [
    'another kind of token',
    '401 invalid_token',
    async () => ({ headers: bearer(await tokenOf({}, TEST_KEYS.access, 'JWT')) }),
  ],
  [
    'a token for another audience',
    '401 invalid_token',
    async () => ({ headers: bearer(await tokenOf({ aud: 'https://other.test' })) }),
  ],
  [
    'a token by another key',
    '401 invalid_token',
    async () => ({ headers: bearer(await tokenOf({}, await newSigningKey('ES256'))) }),
  ],
  [
    'a token whose session was ended',
    '401 invalid_token',
    async () => {
      const { token, cookie } = await payingSession();
      await service.post('/logout', undefined, { cookie });
      return { headers: bearer(token) };
    },
  ],
  [
    'a token of a deleted account',
    '401 invalid_token',
    async () => {
      const { id, token } = await payingSession();
      await service.sql('DELETE FROM users WHERE id = $1', [id]);
      return { headers: bearer(token) };
    },
  ],
  [
    'a token of a disabled account',
    '403 account_disabled',
    async () => {
      const { id, token } = await payingSession();
      await service.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
      return { headers: bearer(token) };
    },
  ],
  [
    'a token and a key',
    '400 ambiguous_credentials',
    async () => {
      const { token, key } = await payingKeyOwner();
      return { headers: { ...bearer(token), ...apiKey(key) } };
    },
  ],
  ['what is no key by its looks', '401 invalid_token', async () => ({ headers: apiKey('tgk_x') })],
  ['an empty key', '401 invalid_token', async () => ({ headers: apiKey('') })],
  [
    'a key that was revoked',
    '401 invalid_token',
    async () => {
      const { token, key, keyId } = await payingKeyOwner();
      await service.fetch(`/api-keys/${keyId}`, { method: 'DELETE', token });
      return { headers: apiKey(key) };
    },
  ],
  [
    'a key that has expired',
    '401 invalid_token',
    async () => {
      const { key, keyId } = await payingKeyOwner();
      await service.sql('UPDATE api_keys SET expires_at = now() WHERE id = $1', [keyId]);
      return { headers: apiKey(key) };
    },
  ],
  [
    'a key of a disabled account',
    '403 account_disabled',
    async () => {
      const { id, key } = await payingKeyOwner();
      await service.sql('UPDATE users SET is_active = false WHERE id = $1', [id]);
      return { headers: apiKey(key) };
    },
  ],
  [
    'a key without the scope',
    '403 scope_required',
    async () => {
      const owner = await payingSession();
      const { key } = await newKey(service, owner, []);
      return { headers: apiKey(key) };
    },
  ],
  [
    'one request too many by a token',
    '429 rate_limited',
    async () => spent({ headers: bearer((await payingSession()).token) }),
  ],
  [
    'one request too many by a key',
    '429 rate_limited',
    async () => spent({ headers: apiKey((await payingKeyOwner()).key) }),
  ],
  [
    'one request too many from a network',
    '429 rate_limited',
    async () => {
      networks += 1;
      return spent({ headers: { 'CF-Connecting-IP': `192.0.2.${networks}` } });
    },
  ],
  [
    'anything to a service that is not configured',
    '500 misconfigured',
    async () => ({
      headers: bearer((await payingSession()).token),
      overrides: { ACCESS_SECRET_KEY: 'short' },
    }),
  ],
];

/** What was sent once when once is all that may be: both ways count for the same limit. */
async function spent({ headers }: Sent): Promise<Sent> {
  const overrides = { RATE_LIMIT_DEFAULT: '1/60' };
  const response = await service.fetch('/me', { headers }, overrides);
  if (response.status === 429) throw new Error('refused too early');
  return { headers, overrides };
}

/** What was heard: the status, the word, the sentence, and whether there is a time to wait for. */
async function overHttp(way: Way, sent: Sent) {
  const response = await way.http(sent);
  if (response.ok) return { status: response.status };
  const { status, code, detail } = await response.json<{ status: number; code: string; detail: string }>();
  return { status, code, detail, waits: response.headers.has('Retry-After') };
}

async function overRpc(way: Way, { headers, overrides }: Sent) {
  const answer = await way.rpc(tollgateOf(service, overrides), new Headers(headers));
  if (answer.ok) return { status: 200 };
  const { status, code, detail, retry_after } = answer;
  return { status, code, detail, waits: retry_after !== undefined };
}

describe.each(Object.entries(WAYS))('%s', (_name, way) => {
  const bothSay = async (sent: Sent, expected: string) => {
    const [http, rpc] = [await overHttp(way, sent), await overRpc(way, sent)];
    expect(`${http.status} ${http.code}`).toBe(expected);
    expect(rpc).toEqual(http);
  };

  it.each(REFUSED)('both refuse %s: %s', async (_sent, expected, make) => {
    await bothSay(await make(), expected);
  });

  it('both refuse a key where the plan has no API access', async () => {
    const { key } = await payingKeyOwner();
    await withoutApiAccess(service, 'pro', () => bothSay({ headers: apiKey(key) }, '402 plan_required'));
  });

  it('both are unavailable, not refused, with the database away', async () => {
    const { token } = await payingSession();
    const { key } = await payingKeyOwner();
    await service.withoutDatabase(async () => {
      await bothSay({ headers: bearer(token) }, '503 database_unavailable');
      await bothSay({ headers: apiKey(key) }, '503 database_unavailable');
    });
  });

  it('both let through who may', async () => {
    const { token } = await payingSession();
    const { key } = await payingKeyOwner();
    for (const headers of [bearer(token), apiKey(key)]) {
      expect([await overHttp(way, { headers }), await overRpc(way, { headers })]).toEqual([
        { status: 200 },
        { status: 200 },
      ]);
    }
  });

  it('both say the same of an account whose mailbox is not proven', async () => {
    const { token } = await newSession(service, { verified: false });
    const sent = { headers: bearer(token) };
    expect(await overRpc(way, sent)).toEqual(await overHttp(way, sent));
  });
});

it('a plan that does not reach is refused in both ways with the same words', async () => {
  const { token } = await newSession(service);
  const way = WAYS['a route behind a plan and requirePlan'] as Way;
  const heard = await overRpc(way, { headers: bearer(token) });
  expect(heard).toMatchObject({ status: 402, code: 'plan_required', waits: false });
  expect(heard).toEqual(await overHttp(way, { headers: bearer(token) }));
});

describe('POST /usage and recordUsage', () => {
  it.each([
    ['a metric that there is none of', { metric: 'gold' }],
    ['nothing', { quantity: 0 }],
    ['less than nothing', { quantity: -1 }],
    ['a part', { quantity: 0.5 }],
    ['text for a number', { quantity: '1' }],
    ['too much at once', { quantity: 1e9 }],
    ['no key', { idempotency_key: '' }],
    ['a key that is no text', { idempotency_key: 'a\ud800' }],
    ['a key with a NUL', { idempotency_key: 'a\0' }],
    ['a missing key', { idempotency_key: undefined }],
  ])('both refuse %s, and name the field', async (_case, change) => {
    const { token } = await payingSession();
    const usage = { ...report(), ...change };
    const response = await service.post('/usage', usage, { token });
    const { errors, status } = await response.json<{ errors: object; status: number }>();
    const heard = refusal(
      await tollgateOf(service).recordUsage({ authorization: `Bearer ${token}` }, usage as never),
    );
    expect(status).toBe(422);
    expect(heard).toMatchObject({ status, code: 'validation_failed' });
    expect([Object.keys(heard.errors ?? {}), Object.keys(errors)]).toEqual([
      Object.keys(change),
      Object.keys(change),
    ]);
  });

  it('both refuse more than the plan allows, count nothing of it, and know each other’s keys', async () => {
    const { token } = await newSession(service);
    const tollgate = tollgateOf(service);
    const credentials = { authorization: `Bearer ${token}` };
    const first = { metric: 'items', quantity: 9, idempotency_key: 'order-1' };
    expect(granted(await tollgate.recordUsage(credentials, first))).toEqual({
      ...{ ok: true, metric: 'items', used: 9, limit: 10, remaining: 1 },
    });
    expect(await (await service.post('/usage', first, { token })).json()).toMatchObject({ used: 9 });
    const other = { ...first, quantity: 1 };
    const more = { ...first, quantity: 2, idempotency_key: 'order-2' };
    for (const [usage, expected] of [
      [other, [409, 'idempotency_conflict']],
      [more, [402, 'limit_exceeded']],
    ] as const) {
      const { status, code, detail } = refusal(await tollgate.recordUsage(credentials, usage));
      expect([status, code]).toEqual(expected);
      expect(await (await service.post('/usage', usage, { token })).json()).toMatchObject({
        status,
        code,
        detail,
      });
    }
    const { usage } = granted(await tollgate.entitlements(credentials));
    expect(usage.find(({ metric }) => metric === 'items')).toMatchObject({ used: 9 });
  });

  it('thirty at once in both ways at a limit of five record five', async () => {
    const { id, token } = await newSession(service);
    await service.sql('UPDATE plans SET max_items = 5 WHERE code = $1', ['free']);
    const tollgate = tollgateOf(service);
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, n) =>
        n % 2
          ? (await tollgate.recordUsage({ authorization: `Bearer ${token}` }, report())).ok
          : (await service.post('/usage', report(), { token })).ok,
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(5);
    expect(await service.sql('SELECT FROM usage_events WHERE user_id = $1', [id])).toHaveLength(5);
    await service.sql('UPDATE plans SET max_items = 10 WHERE code = $1', ['free']);
  });
});
