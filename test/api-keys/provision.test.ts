import { beforeAll, describe, expect, it } from 'vitest';
import { newAccount, newIdentity } from '../support/accounts.ts';
import { newPlatform, withKey, withoutApiAccess } from '../support/api-keys.ts';
import { type Service, useService } from '../support/service.ts';

const service: Service = useService();
let platform: Awaited<ReturnType<typeof newPlatform>>;
beforeAll(async () => {
  platform = await newPlatform(service);
});

type User = { id: string; email: string; username: string; is_verified: boolean };
type Answer = { user: User; created: boolean; api_key?: string };
const newStore = () => ({
  email: newIdentity().email,
  external_platform: 'shop',
  external_store_id: crypto.randomUUID(),
});
const ask = (json: unknown, key = platform.key) => service.post('/users/provision', json, withKey(key));
const provision = async (store: object = newStore()) => (await ask(store)).json<Answer>();
const usersOf = (store: { external_store_id: string }) =>
  service.sql('SELECT * FROM users WHERE external_store_id = $1', [store.external_store_id]);
const keysOf = (userId: string) => service.sql('SELECT * FROM api_keys WHERE user_id = $1', [userId]);
const subscriptionsOf = (userId: string) =>
  service.sql(
    `SELECT plans.code, s.status, s.provider, s.current_period_end FROM subscriptions s
     JOIN plans ON plans.id = s.plan_id WHERE user_id = $1`,
    [userId],
  );
const counts = async () => {
  const [row] = await service.sql(
    `SELECT (SELECT count(*) FROM users)::int AS users, (SELECT count(*) FROM api_keys)::int AS keys,
            (SELECT count(*) FROM subscriptions)::int AS subscriptions,
            (SELECT count(*) FROM admin_audit_logs)::int AS audits`,
  );
  return row;
};

describe('an account for a store', () => {
  it('is made with a key that works at once, and is not verified', async () => {
    const store = newStore();
    const response = await ask(store);
    expect(response.status).toBe(201);
    const { user, created, api_key } = await response.json<Answer>();
    expect(created).toBe(true);
    expect(user).toMatchObject({
      email: store.email,
      provider: 'local',
      is_verified: false,
      is_admin: false,
    });
    expect(user.username).toBe(store.email.split('@')[0]);
    const me = await service.fetch('/me', withKey(api_key ?? ''));
    expect([me.status, await me.json()]).toEqual([200, user]);
    expect(await usersOf(store)).toMatchObject([
      { id: user.id, password_hash: null, external_platform: 'shop' },
    ]);
    expect(await keysOf(user.id)).toMatchObject([
      {
        name: 'shop',
        key_prefix: api_key?.slice(0, 12),
        scopes: ['profile:read', 'billing:read', 'usage:read', 'usage:write'],
      },
    ]);
  });

  it('is in the audit log, in the same transaction', async () => {
    const store = { ...newStore(), plan_code: 'pro' };
    const { user } = await provision(store);
    const log = await service.sql('SELECT * FROM admin_audit_logs WHERE target_id = $1', [user.id]);
    expect(log).toMatchObject([
      {
        admin_id: platform.id,
        action: 'user.provision',
        target_type: 'user',
        before: null,
        after: { external_platform: 'shop', external_store_id: store.external_store_id, plan_code: 'pro' },
        request_id: expect.any(String),
      },
    ]);
    expect(JSON.stringify(log)).not.toContain(store.email);
  });

  it('stands when it is asked for again, whatever else is asked for, and shows no key', async () => {
    const store = newStore();
    const first = await provision(store);
    const before = await counts();
    const other = { email: newIdentity().email, username: newIdentity().username, plan_code: 'pro' };
    const taken = { email: platform.email, plan_code: 'no such plan' };
    for (const again of [
      store,
      { ...store, ...other },
      { ...store, ...taken },
      { ...store, external_platform: ' SHOP ' },
    ]) {
      const response = await ask(again);
      expect([response.status, await response.json()]).toEqual([200, { user: first.user, created: false }]);
    }
    expect(await counts()).toEqual(before);
    expect((await service.fetch('/me', withKey(first.api_key ?? ''))).status).toBe(200);
  });

  it('is one a platform and store: the same id at another platform is another store', async () => {
    const store = newStore();
    const first = await provision(store);
    const second = await ask({ ...store, email: newIdentity().email, external_platform: 'mall' });
    expect(second.status).toBe(201);
    expect((await second.json<Answer>()).user.id).not.toBe(first.user.id);
  });

  it('is made once of thirty calls at once, with one key that one of them gets', async () => {
    const store = { ...newStore(), plan_code: 'pro' };
    const responses = await Promise.all(Array.from({ length: 30 }, () => ask(store)));
    expect(responses.map(({ status }) => status).toSorted()).toEqual([...Array(29).fill(200), 201]);
    const answers = await Promise.all(responses.map((response) => response.json<Answer>()));
    const [made] = answers.filter(({ created }) => created);
    expect(answers.filter(({ api_key }) => api_key)).toEqual([made]);
    expect(new Set(answers.map(({ user }) => user.id)).size).toBe(1);
    const [row, ...more] = await usersOf(store);
    expect([row?.id, more]).toEqual([made?.user.id, []]);
    expect(await keysOf(row?.id)).toHaveLength(1);
    expect(await subscriptionsOf(row?.id)).toHaveLength(1);
    const audits = await service.sql('SELECT FROM admin_audit_logs WHERE target_id = $1', [row?.id]);
    expect(audits).toHaveLength(1);
  });

  it('of thirty stores that want one address at once one gets it', async () => {
    const { email } = newIdentity();
    const responses = await Promise.all(Array.from({ length: 30 }, () => ask({ ...newStore(), email })));
    expect(responses.map(({ status }) => status).toSorted()).toEqual([201, ...Array(29).fill(409)]);
    for (const response of responses.filter(({ status }) => status === 409)) {
      expect(await response.json()).toMatchObject({ code: 'email_taken' });
    }
    const made = await service.sql(
      `SELECT users.id FROM users JOIN api_keys ON api_keys.user_id = users.id WHERE email = $1`,
      [email],
    );
    expect(made).toHaveLength(1);
  });

  it('can not have a taken address or username; without one, it gets one that is free', async () => {
    const { email, username } = await newAccount(service);
    const before = await counts();
    const byEmail = await ask({ ...newStore(), email: email.toUpperCase(), plan_code: 'pro' });
    expect(await byEmail.json()).toMatchObject({ status: 409, code: 'email_taken' });
    const byName = await ask({ ...newStore(), username: username.toUpperCase(), plan_code: 'pro' });
    expect(await byName.json()).toMatchObject({ status: 409, code: 'username_taken' });
    expect(await counts()).toEqual(before);

    const response = await ask({ ...newStore(), email: `${username}@elsewhere.test` });
    expect((await response.json<Answer>()).user.username).toMatch(new RegExp(`^${username}-[0-9a-f]{4}$`));
    const named = newIdentity().username;
    expect((await provision({ ...newStore(), username: named })).user.username).toBe(named);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no address', { email: undefined }, 'email'],
    ['no platform', { external_platform: undefined }, 'external_platform'],
    ['an empty platform', { external_platform: ' ' }, 'external_platform'],
    ['no store', { external_store_id: undefined }, 'external_store_id'],
    ['a store that is a number', { external_store_id: 4711 }, 'external_store_id'],
    ['a long store', { external_store_id: 'x'.repeat(201) }, 'external_store_id'],
    ['an address that is never mailed', { email: 'ada@github.local' }, 'email'],
    ['a bad username', { username: 'a b' }, 'username'],
  ])('refuses %s', async (_what, change, field) => {
    const response = await ask({ ...newStore(), ...change });
    expect(await response.json()).toMatchObject({ status: 422, errors: { [field]: expect.any(String) } });
  });

  it('costs one round trip, made or standing', async () => {
    const store = { ...newStore(), plan_code: 'pro' };
    expect(await service.roundTrips(() => ask(store))).toBe(1);
    expect(await service.roundTrips(() => ask(store))).toBe(1);
  });
});

describe('its plan', () => {
  it('is granted without payment and without an end', async () => {
    const { user, api_key } = await provision({ ...newStore(), plan_code: 'pro' });
    expect(await subscriptionsOf(user.id)).toEqual([
      { code: 'pro', status: 'active', provider: 'manual', current_period_end: null },
    ]);
    await withoutApiAccess(service, 'free', async () =>
      expect((await service.fetch('/me', withKey(api_key ?? ''))).status).toBe(200),
    );
  });

  it('is the free one unless said otherwise, which is no subscription', async () => {
    for (const plan of [{}, { plan_code: 'free' }]) {
      const { user } = await provision({ ...newStore(), ...plan });
      expect(await subscriptionsOf(user.id)).toEqual([]);
    }
  });

  it('has to be one that is sold: else nothing is made', async () => {
    await service.sql(`UPDATE plans SET is_active = false WHERE code = 'enterprise'`);
    const before = await counts();
    for (const plan_code of ['gold', 'enterprise', '']) {
      const response = await ask({ ...newStore(), plan_code });
      expect(await response.json()).toMatchObject({ status: 404, code: 'plan_not_found' });
    }
    expect(await counts()).toEqual(before);
    await service.sql(`UPDATE plans SET is_active = true WHERE code = 'enterprise'`);
  });

  it('gives no key where it has no API access', async () => {
    const { user, created, api_key } = await withoutApiAccess(service, 'pro', () =>
      provision({ ...newStore(), plan_code: 'pro' }),
    );
    expect([created, api_key]).toEqual([true, undefined]);
    expect(await keysOf(user.id)).toEqual([]);
  });
});

describe('a platform that may not', () => {
  it('makes nothing: revoked, demoted, disabled', async () => {
    const other = await newPlatform(service);
    for (const change of [
      'UPDATE users SET is_admin = false WHERE id = $1',
      'UPDATE users SET is_active = false, is_admin = true WHERE id = $1',
      `UPDATE api_keys SET revoked_at = now() WHERE user_id = $1`,
    ]) {
      await service.sql(change, [other.id]);
      const before = await counts();
      const response = await ask({ ...newStore(), plan_code: 'pro' }, other.key);
      expect(response.status).toBeGreaterThanOrEqual(401);
      expect(await counts()).toEqual(before);
    }
  });

  it('is asked for a key, not for a token', async () => {
    const response = await service.post('/users/provision', newStore(), { token: platform.token });
    expect(await response.json()).toMatchObject({ status: 401, code: 'invalid_token' });
  });

  it('makes nothing more once its key is revoked, whatever is under way', async () => {
    const other = await newPlatform(service);
    const [revoked] = await Promise.all([
      service.fetch(`/api-keys/${other.keyId}`, { method: 'DELETE', token: other.token }),
      ...Array.from({ length: 20 }, () => ask(newStore(), other.key)),
    ]);
    expect(revoked.status).toBe(204);
    const before = await counts();
    expect((await ask(newStore(), other.key)).status).toBe(401);
    expect(await counts()).toEqual(before);
  });
});
