import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/encoding.ts';
import { logIn, newAccount, newAdmin, newSession } from '../support/accounts.ts';
import { newKey, newKeyOwner, withKey, withoutApiAccess } from '../support/api-keys.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

const service = useService();
const ask = (token: string, json: unknown) => service.post('/api-keys', json, { token });
type List = { data: Record<string, unknown>[]; total: number; next_offset: number | null };
const list = async (token: string, query = '') =>
  (await service.fetch(`/api-keys${query}`, { token })).json<List>();
const revoke = (token: string, id: string) => service.fetch(`/api-keys/${id}`, { method: 'DELETE', token });

describe('making a key', () => {
  it('shows it once, and keeps its hash', async () => {
    const { id: userId, token } = await newSession(service);
    const response = await ask(token, {
      name: ' Sync ',
      scopes: ['usage:write', 'profile:read', 'usage:write'],
    });
    expect(response.status).toBe(201);
    const { key, ...shown } = await response.json<{ key: string; id: string; key_prefix: string }>();
    expect(key).toMatch(/^tgk_[0-9A-Za-z]{49}$/);
    expect(shown).toEqual({
      id: expect.any(String),
      name: 'Sync',
      key_prefix: key.slice(0, 12),
      scopes: ['profile:read', 'usage:write'],
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      expires_at: null,
      last_used_at: null,
    });
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await list(token)).toMatchObject({ data: [shown], total: 1 });

    const [row] = await service.sql('SELECT * FROM api_keys WHERE user_id = $1', [userId]);
    expect(row).toMatchObject({ key_hash: await sha256Hex(key), key_prefix: key.slice(0, 12) });
    expect(JSON.stringify(row)).not.toContain(key.slice(12));
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown scope', { scopes: ['profile:write'] }, 'scopes.0'],
    ['no scopes at all', { scopes: undefined }, 'scopes'],
    ['scopes that are no list', { scopes: 'profile:read' }, 'scopes'],
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: '  ' }, 'name'],
    ['a long name', { name: 'x'.repeat(101) }, 'name'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
    ['an end that is past', { expires_at: inDays(-1) }, 'expires_at'],
    ['an end in eleven years', { expires_at: inDays(11 * 366) }, 'expires_at'],
    ['an end that is no time', { expires_at: 'tomorrow' }, 'expires_at'],
    ['an end without an offset', { expires_at: '2030-01-01T00:00:00' }, 'expires_at'],
    ['an end beyond the calendar', { expires_at: '0000-01-01T00:00:00Z' }, 'expires_at'],
  ])('refuses %s', async (_what, change, field) => {
    const { token } = await newSession(service);
    const response = await ask(token, { name: 'a key', scopes: [], ...change });
    expect(await response.json()).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: { [field]: expect.any(String) },
    });
    expect((await list(token)).total).toBe(0);
  });

  it('takes an end, and none', async () => {
    const { token } = await newSession(service);
    const expires_at = inDays(30);
    await newKey(service, { token }, [], { expires_at });
    await newKey(service, { token }, [], { expires_at: null });
    expect((await list(token)).data.map((one) => one.expires_at)).toEqual([null, expires_at]);
  });

  it('is for verified accounts', async () => {
    const { token } = await newSession(service, { verified: false });
    for (const response of [
      await ask(token, { name: 'a key', scopes: [] }),
      await service.fetch('/api-keys', { token }),
    ]) {
      expect(await response.json()).toMatchObject({ status: 403, code: 'email_not_verified' });
    }
  });

  it.each(['users:provision', 'admin:read'])('leaves %s to administrators', async (scope) => {
    const { token } = await newSession(service);
    const response = await ask(token, { name: 'a key', scopes: ['profile:read', scope] });
    expect(await response.json()).toMatchObject({ status: 403, code: 'admin_required' });
    expect((await list(token)).total).toBe(0);
    const admin = await newAdmin(service);
    expect((await ask(admin.token, { name: 'a key', scopes: [scope] })).status).toBe(201);
  });

  it('needs a plan with API access', async () => {
    const plain = await newSession(service);
    const paying = await newSession(service);
    await haveSubscription(service, paying.id);
    await withoutApiAccess(service, 'free', async () => {
      const refused = await ask(plain.token, { name: 'a key', scopes: [] });
      expect(await refused.json()).toMatchObject({ status: 402, code: 'plan_required' });
      expect((await ask(paying.token, { name: 'a key', scopes: [] })).status).toBe(201);
    });
    await withoutApiAccess(service, 'pro', async () => {
      expect((await ask(plain.token, { name: 'a key', scopes: [] })).status).toBe(201);
      expect((await ask(paying.token, { name: 'a key', scopes: [] })).status).toBe(402);
    });
  });

  it('stops at fifty that live, also when thirty are asked for at once', async () => {
    const { id, token } = await newSession(service);
    await service.sql(
      `INSERT INTO api_keys (user_id, name, key_prefix, key_hash, scopes, expires_at, revoked_at)
       SELECT $1, 'old', 'tgk_', gen_random_uuid()::text, '{}',
              CASE WHEN n <= 10 THEN now() - interval '1 day' END, CASE WHEN n > 10 AND n <= 20 THEN now() END
       FROM generate_series(1, 60) AS n`,
      [id],
    );
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => ask(token, { name: 'a key', scopes: [] })),
    );
    expect(responses.map(({ status }) => status).toSorted()).toEqual([
      ...Array(10).fill(201),
      ...Array(20).fill(409),
    ]);
    expect(await responses.find(({ status }) => status === 409)?.json()).toMatchObject({
      code: 'api_key_limit_reached',
    });
    const live = await service.sql(
      'SELECT FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())',
      [id],
    );
    expect(live).toHaveLength(50);
  });

  it('leaves none to an account that is deactivated meanwhile', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const account = await newAccount(service);
      const { token } = await logIn(service, account);
      await Promise.all([
        ...Array.from({ length: 10 }, () => ask(token, { name: 'a key', scopes: [] })),
        service.post('/deactivate', undefined, { token }),
        ...Array.from({ length: 10 }, () => ask(token, { name: 'a key', scopes: [] })),
      ]);
      const alive = 'SELECT FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL';
      expect(await service.sql(alive, [account.id])).toEqual([]);
    }
  });
});

describe('the list', () => {
  it('comes in pages, the newest first, and never shows a key', async () => {
    const { token } = await newSession(service);
    const made = [];
    for (const name of ['one', 'two', 'three']) made.push(await newKey(service, { token }, [], { name }));
    const first = await list(token, '?limit=2');
    expect(first.data.map(({ name }) => name)).toEqual(['three', 'two']);
    expect(first).toMatchObject({ total: 3, next_offset: 2, prev_offset: null });
    const text = JSON.stringify(await list(token));
    for (const { key } of made) expect(text).not.toContain(key.slice(12));
  });

  it('is of the own keys alone', async () => {
    await newKeyOwner(service);
    const { token } = await newSession(service);
    expect(await list(token)).toMatchObject({ data: [], total: 0 });
  });
});

describe('revoking', () => {
  it('takes the key from the list, and its life', async () => {
    const { token, keyId, key } = await newKeyOwner(service);
    expect((await service.fetch('/me', withKey(key))).status).toBe(200);
    const response = await revoke(token, keyId);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect((await service.fetch('/me', withKey(key))).status).toBe(401);
    expect((await list(token)).total).toBe(0);
  });

  it('is 404 for a key that was revoked, of somebody else, or none', async () => {
    const owner = await newKeyOwner(service);
    const other = await newKeyOwner(service);
    await revoke(other.token, other.keyId);
    const ids = [owner.keyId, other.keyId, crypto.randomUUID(), 'x', "'"];
    for (const id of ids) {
      const response = await revoke(other.token, encodeURIComponent(id));
      expect(await response.json()).toMatchObject({ status: 404, code: 'api_key_not_found' });
    }
    expect((await service.fetch('/me', withKey(owner.key))).status).toBe(200);
  });

  it('happens once of thirty times at once', async () => {
    const { token, keyId } = await newKeyOwner(service);
    const responses = await Promise.all(Array.from({ length: 30 }, () => revoke(token, keyId)));
    expect(responses.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 404)).toHaveLength(29);
  });

  it('needs no plan', async () => {
    const { token, keyId } = await newKeyOwner(service);
    await withoutApiAccess(service, 'free', async () => {
      expect((await list(token)).total).toBe(1);
      expect((await revoke(token, keyId)).status).toBe(204);
    });
  });
});
