import { describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/auth/scopes.ts';
import { newAccount, newAdmin, newIdentity, newSession } from '../support/accounts.ts';
import { newKey, newKeyOwner, newPlatform, withKey, withoutApiAccess } from '../support/api-keys.ts';
import { rounds } from '../support/rounds.ts';
import { type Service, useService } from '../support/service.ts';
import { haveSubscription } from '../support/subscription-rows.ts';

const service: Service = useService();
const me = (key: string) => service.fetch('/me', withKey(key));
const outcome = async (response: Response) => [
  response.status,
  (await response.json<{ code?: string }>()).code,
];
const REFUSED = [401, 'invalid_token'];
const rowOf = async (id: string) =>
  (await service.sql('SELECT last_used_at, revoked_at FROM api_keys WHERE id = $1', [id]))[0];

/**
 * Every route that takes a key, and the scope that it asks for. A new one gets its line, but for those under /admin:
 * test/admin/guards.test.ts finds them itself.
 */
const ROUTES: Record<string, { scope: Scope; call: (key: string) => Promise<Response> }> = {
  'GET /me': { scope: 'profile:read', call: me },
  'GET /billing/entitlements': {
    scope: 'billing:read',
    call: (key) => service.fetch('/billing/entitlements', withKey(key)),
  },
  'GET /usage': { scope: 'usage:read', call: (key) => service.fetch('/usage', withKey(key)) },
  'POST /usage': {
    scope: 'usage:write',
    call: (key) =>
      service.post(
        '/usage',
        { metric: 'items', quantity: 1, idempotency_key: crypto.randomUUID() },
        withKey(key),
      ),
  },
  'GET /admin/audit-logs': {
    scope: 'admin:read',
    call: (key) => service.fetch('/admin/audit-logs', withKey(key)),
  },
  'POST /users/provision': {
    scope: 'users:provision',
    call: (key) =>
      service.post(
        '/users/provision',
        {
          email: newIdentity().email,
          external_platform: 'shop',
          external_store_id: crypto.randomUUID(),
        },
        withKey(key),
      ),
  },
};

describe.each(Object.entries(ROUTES))('%s', (_route, { scope, call }) => {
  it.each(SCOPES)(`asked with a key for %s alone, wants ${scope}`, async (given) => {
    const { key } = await newKey(service, await newAdmin(service), [given]);
    const response = await call(key);
    if (given === scope) expect(response.status).toBeLessThan(300);
    else expect(await outcome(response)).toEqual([403, 'scope_required']);
  });

  it('is closed to a key without scopes', async () => {
    const { key } = await newKey(service, await newAdmin(service), []);
    expect(await outcome(await call(key))).toEqual([403, 'scope_required']);
  });

  it('refuses nobody’s key, and one that is not ours by its looks', async () => {
    const { key } = await newKeyOwner(service);
    await service.sql(`UPDATE api_keys SET key_hash = gen_random_uuid()::text WHERE key_prefix = $1`, [
      key.slice(0, 12),
    ]);
    for (const one of [key, `${key.slice(0, -1)}!`, 'x', '']) {
      expect(await outcome(await call(one))).toEqual(REFUSED);
    }
  });
});

it('every other route with a bearer token takes no key, whatever its scopes', async () => {
  const { key } = await newKey(service, await newAdmin(service), SCOPES);
  const document = await service
    .fetch('/openapi.json')
    .then((r) => r.json<{ paths: Record<string, Record<string, { security?: object[] }>> }>());
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { security = [] }]) => ({ path, method, security })),
  );
  const takes = (scheme: string) => (one: { security: object[] }) =>
    one.security.some((way) => scheme in way);
  expect(
    operations
      .filter((one) => takes('apiKey')(one) && !one.path.startsWith('/admin/'))
      .map(({ path, method }) => `${method.toUpperCase()} ${path}`)
      .toSorted(),
  ).toEqual(
    Object.keys(ROUTES)
      .filter((name) => !name.includes(' /admin/'))
      .toSorted(),
  );

  const others = operations.filter((one) => takes('bearer')(one) && !takes('apiKey')(one));
  expect(others.length).toBeGreaterThan(10);
  for (const { path, method } of others) {
    const response = await service.fetch(
      path.replaceAll(/\{\w+\}/g, () => crypto.randomUUID()),
      {
        method: method.toUpperCase(),
        ...(method === 'get' ? {} : { json: {} }),
        ...withKey(key),
      },
    );
    expect(response.status, `${method} ${path}`).toBe(401);
  }
});

describe('a key', () => {
  it('speaks for its owner', async () => {
    const { id, email, key } = await newKeyOwner(service);
    expect(await (await me(key)).json()).toMatchObject({ id, email });
  });

  it('never comes together with a token, not even a bad one', async () => {
    const { token, key } = await newKeyOwner(service);
    for (const bearer of [token, 'x']) {
      for (const [path, one] of [
        ['/me', key],
        ['/me', 'x'],
        ['/sessions', key],
      ] as const) {
        const response = await service.fetch(path, { token: bearer, ...withKey(one) });
        expect(await outcome(response)).toEqual([400, 'ambiguous_credentials']);
      }
    }
  });

  it('is not looked for in a query string, a cookie or the other header', async () => {
    const { key } = await newKeyOwner(service);
    for (const response of [
      await service.fetch(`/me?api_key=${key}&X-API-Key=${key}&key=${key}`),
      await service.fetch('/me', { token: key }),
      await service.fetch('/me', { cookie: `X-API-Key=${key}` }),
    ]) {
      expect(await outcome(response)).toEqual(REFUSED);
    }
  });

  it('is dead at the next call once it is revoked, under any number of calls at once', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const { token, key, keyId } = await newKeyOwner(service);
      const calls = Array.from({ length: 30 }, () => me(key));
      const revoked = service.fetch(`/api-keys/${keyId}`, { method: 'DELETE', token });
      const later = revoked.then(() => Promise.all(Array.from({ length: 10 }, () => me(key))));
      expect((await revoked).status).toBe(204);
      expect((await later).map(({ status }) => status)).toEqual(Array(10).fill(401));
      for (const { status } of await Promise.all(calls)) expect([200, 401]).toContain(status);
      expect((await me(key)).status).toBe(401);
      expect((await rowOf(keyId))?.revoked_at).not.toBeNull();
    }
  });

  it('is dead at its end, whatever has been swept', async () => {
    const { key, keyId } = await newKeyOwner(service);
    await service.sql(`UPDATE api_keys SET expires_at = now() + interval '1 hour' WHERE id = $1`, [keyId]);
    expect((await me(key)).status).toBe(200);
    await service.sql('UPDATE api_keys SET expires_at = now() WHERE id = $1', [keyId]);
    expect(await outcome(await me(key))).toEqual(REFUSED);
  });

  it('is refused with its owner: disabled, not verified any more', async () => {
    const { id, key } = await newKeyOwner(service, ['profile:read', 'usage:read']);
    await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [id]);
    expect((await me(key)).status).toBe(200); // As with a token: who one is may be asked before.
    await service.sql('UPDATE users SET is_verified = true, is_active = false WHERE id = $1', [id]);
    expect(await outcome(await me(key))).toEqual([403, 'account_disabled']);

    const platform = await newPlatform(service);
    await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [platform.id]);
    const provision = ROUTES['POST /users/provision']?.call;
    expect(await outcome((await provision?.(platform.key)) as Response)).toEqual([403, 'email_not_verified']);
  });

  it('loses what is for administrators with its owner’s role, and keeps the rest', async () => {
    const platform = await newPlatform(service);
    await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [platform.id]);
    const provision = ROUTES['POST /users/provision']?.call;
    expect(await outcome((await provision?.(platform.key)) as Response)).toEqual([403, 'admin_required']);
    expect((await me(platform.key)).status).toBe(200);
  });

  it('is 402 where the plan of its owner has no API access, to the moment', async () => {
    const plain = await newKeyOwner(service);
    const paying = await newKeyOwner(service);
    const ended = await newKeyOwner(service);
    await haveSubscription(service, paying.id);
    await haveSubscription(service, ended.id, {
      status: 'canceled',
      current_period_end: new Date(0).toISOString(),
    });
    await withoutApiAccess(service, 'free', async () => {
      expect(await outcome(await me(plain.key))).toEqual([402, 'plan_required']);
      expect(await outcome(await me(ended.key))).toEqual([402, 'plan_required']);
      expect((await me(paying.key)).status).toBe(200);
    });
    await withoutApiAccess(service, 'pro', async () => {
      expect((await me(plain.key)).status).toBe(200);
      expect((await me(paying.key)).status).toBe(402);
    });
    await haveSubscription(service, paying.id, { plan_code: 'enterprise' });
    await withoutApiAccess(service, 'pro', async () => expect((await me(paying.key)).status).toBe(200));
  });

  it('is 503, not refused, with the database away', async () => {
    const { key } = await newKeyOwner(service);
    await service.withoutDatabase(async () => expect((await me(key)).status).toBe(503));
  });
});

describe('the note of its last use', () => {
  it('is written, and within the same minute no more', async () => {
    const { key, keyId } = await newKeyOwner(service);
    expect((await rowOf(keyId))?.last_used_at).toBeNull();
    await Promise.all(Array.from({ length: 30 }, () => me(key)));
    const first = (await rowOf(keyId))?.last_used_at;
    expect(first).not.toBeNull();
    await Promise.all(Array.from({ length: 30 }, () => me(key)));
    expect((await rowOf(keyId))?.last_used_at).toBe(first);
  });

  it('is written once more of thirty calls at once, after a minute', async () => {
    const { key, keyId } = await newKeyOwner(service);
    await service.sql(`UPDATE api_keys SET last_used_at = now() - interval '59 seconds' WHERE id = $1`, [
      keyId,
    ]);
    const soon = (await rowOf(keyId))?.last_used_at;
    await me(key);
    expect((await rowOf(keyId))?.last_used_at).toBe(soon);
    await service.sql(`UPDATE api_keys SET last_used_at = now() - interval '61 seconds' WHERE id = $1`, [
      keyId,
    ]);
    await service.sql('CREATE TABLE notes (key_id uuid)');
    await service.sql(
      `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO notes VALUES (NEW.id); RETURN NEW; END $f$`,
    );
    await service.sql('CREATE TRIGGER note AFTER UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION note()');
    await Promise.all(Array.from({ length: 30 }, () => me(key)));
    expect(await service.sql('SELECT FROM notes WHERE key_id = $1', [keyId])).toHaveLength(1);
    await service.sql('DROP TRIGGER note ON api_keys');
  });

  it('is not written of a call that was refused', async () => {
    const { id, token, key, keyId } = await newKeyOwner(service, ['usage:read']);
    expect((await me(key)).status).toBe(403);
    const other = await newKey(service, { token });
    await withoutApiAccess(service, 'free', async () => expect((await me(other.key)).status).toBe(402));
    await service.sql('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [other.id]);
    expect((await me(other.key)).status).toBe(401);
    const noted = await service.sql('SELECT FROM api_keys WHERE user_id = $1 AND last_used_at IS NOT NULL', [
      id,
    ]);
    expect(noted).toEqual([]);
    expect((await rowOf(keyId))?.revoked_at).toBeNull();
  });

  it('waits for nobody who holds the key', async () => {
    // On the embedded database, which does one thing after the other, there is nothing to see.
    const [{ version } = {}] = await service.sql('SELECT version()');
    const { key, keyId } = await newKeyOwner(service);
    const held = service.transaction(
      ['SELECT FROM api_keys WHERE id = $1 FOR UPDATE', [keyId]],
      ['SELECT pg_sleep(1)', []],
      ['SELECT now() AS released', []],
    );
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await me(key)).status).toBe(200);
    if (!/wasm|emscripten/i.test(version)) expect((await rowOf(keyId))?.last_used_at).toBeNull();
    await held;
  });
});

describe('round trips', () => {
  it('a key that is none by its checksum: 0', async () => {
    const { key } = await newKeyOwner(service);
    const typo = key.slice(0, 20) + (key[20] === 'a' ? 'b' : 'a') + key.slice(21);
    const trips = await service.roundTrips(async () => {
      for (const one of [typo, key.slice(0, -1), `${key}0`, key.toLowerCase(), 'tgk_']) {
        expect((await me(one)).status).toBe(401);
      }
    });
    expect(trips).toBe(0);
  });

  it('key, owner, scope, plan, access and the note of its use: 1, whatever comes of it', async () => {
    const owner = await newKeyOwner(service);
    const narrow = await newKey(service, owner, []);
    for (const [key, status] of [
      [owner.key, 200],
      [owner.key, 200],
      [narrow.key, 403],
    ] as const) {
      const trips = await service.roundTrips(async () => expect((await me(key)).status).toBe(status));
      expect(trips).toBe(1);
    }
  });

  it('making, listing and revoking a key: 1 each', async () => {
    const { token } = await newSession(service);
    let id = '';
    const make = async () => {
      ({ id } = await newKey(service, { token }));
    };
    expect(await service.roundTrips(make)).toBe(1);
    expect(await service.roundTrips(() => service.fetch('/api-keys', { token }))).toBe(1);
    const revoke = () => service.fetch(`/api-keys/${id}`, { method: 'DELETE', token });
    expect(await service.roundTrips(revoke)).toBe(1);
  });
});

describe('the rate limit', () => {
  const tight = { RATE_LIMIT_DEFAULT: '4/60' };
  const from = (key: string | undefined, ip: string) =>
    service
      .fetch('/me', { headers: { 'CF-Connecting-IP': ip, ...(key && { 'X-API-Key': key }) } }, tight)
      .then(({ status }) => status);

  it('is of the key, wherever it comes from, and leaves its neighbours alone', async () => {
    const [first, second] = [await newKeyOwner(service), await newKeyOwner(service)];
    const statuses = [];
    for (let n = 1; n <= 6; n++) statuses.push(await from(first.key, `192.0.2.${n}`));
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect(await from(second.key, '192.0.2.1')).toBe(200);
    expect(await from(undefined, '192.0.2.1')).toBe(401);
  });

  it('asks the database for no key that is over it', async () => {
    const { key } = await newKeyOwner(service);
    for (let n = 0; n < 4; n++) await from(key, '192.0.2.20');
    expect(await service.roundTrips(async () => expect(await from(key, '192.0.2.20')).toBe(429))).toBe(0);
  });

  it('counts what looks like no key for the network', async () => {
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push(await from('tgk_x', '192.0.2.30'));
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
  });

  it('of a login is not got around by keys that somebody thinks up', async () => {
    const { newApiKey } = await import('../../src/auth/api-key.ts');
    const { email } = await newAccount(service);
    const statuses = [];
    for (let n = 0; n < 4; n++) {
      const { key } = await newApiKey();
      const headers = { 'X-API-Key': key, 'CF-Connecting-IP': '192.0.2.40' };
      const init = { method: 'POST', json: { email, password: 'wrong' }, headers };
      statuses.push((await service.fetch('/login', init, { RATE_LIMIT_CREDENTIALS: '3/60' })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  it('of a network bounds all the keys that it thinks up', async () => {
    const { newApiKey } = await import('../../src/auth/api-key.ts');
    const limit = { RATE_LIMIT_DEFAULT: '1/60' };
    const statuses = new Set<number>();
    let passed = 0;
    for (let n = 0; n < 22; n++) {
      const { key } = await newApiKey();
      const headers = { 'X-API-Key': key, 'CF-Connecting-IP': '192.0.2.50' };
      const { status } = await service.fetch('/me', { headers }, limit);
      statuses.add(status);
      if (status === 401) passed += 1;
    }
    expect([passed, [...statuses]]).toEqual([20, [401, 429]]);
  });
});
