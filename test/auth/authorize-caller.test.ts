import { type SQL, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { authorizeCaller, type Policy } from '../../src/auth/authorize.ts';
import type { Caller } from '../../src/auth/ports.ts';
import { statement } from '../../src/db/client.ts';
import { done } from '../../src/db/rows.ts';
import { newIdentity, newSession } from '../support/accounts.ts';
import { newKey, newKeyOwner, newPlatform, withKey, withoutApiAccess } from '../support/api-keys.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
beforeAll(async () => {
  await service.sql('CREATE TABLE written (user_id uuid NOT NULL)');
});

/** A write as a route may have it: for the owner, whoever that turns out to be. */
const write = (owner: SQL) =>
  statement(done, sql`INSERT INTO written SELECT id FROM users WHERE id = ${owner} RETURNING 1 AS done`);
const use = (caller: Caller, policy: Policy) =>
  authorizeCaller(service.deps(), caller, policy, (owner) => [write(owner)]);
const callerOf = async (key: string): Promise<Caller> => ({ keyHash: (await hashApiKey(key)) ?? '' });
const writtenFor = async (id: string) =>
  (await service.sql('SELECT FROM written WHERE user_id = $1', [id])).length;
const WRITE = { scope: 'usage:write' } as const;

async function claimsOf(token: string): Promise<Caller> {
  const claims = await service.deps().accessTokens.verify(token);
  if (!claims) throw new Error('no token of ours');
  return { claims };
}

describe('what is written in the name of a caller', () => {
  it('is written for the owner of the key or the session, in one round trip', async () => {
    const { id, token, key } = await newKeyOwner(service, ['usage:write']);
    for (const caller of [await callerOf(key), await claimsOf(token)]) {
      const trips = await service.roundTrips(async () => {
        const { user, results } = await use(caller, WRITE);
        expect([user.id, results]).toEqual([id, [[{ done: 1 }]]]);
      });
      expect(trips).toBe(1);
    }
    expect(await writtenFor(id)).toBe(2);
  });

  it.each<[string, string, Policy, string]>([
    ['a revoked key', 'UPDATE api_keys SET revoked_at = now() WHERE user_id = $1', WRITE, 'api_key_invalid'],
    ['an expired key', 'UPDATE api_keys SET expires_at = now() WHERE user_id = $1', WRITE, 'api_key_invalid'],
    ['a disabled owner', 'UPDATE users SET is_active = false WHERE id = $1', WRITE, 'account_disabled'],
    [
      'an unproven mailbox',
      'UPDATE users SET is_verified = false WHERE id = $1',
      WRITE,
      'email_not_verified',
    ],
    ['another scope', 'SELECT $1::uuid', { scope: 'usage:read' }, 'scope_required'],
    ['no scope that would let a key in', 'SELECT $1::uuid', {}, 'scope_required'],
    ['no administrator', 'SELECT $1::uuid', { ...WRITE, admin: true }, 'admin_required'],
  ])('is not written for %s', async (_what, change, policy, code) => {
    const { id, key } = await newKeyOwner(service, ['usage:write']);
    await service.sql(change, [id]);
    await expect(use(await callerOf(key), policy)).rejects.toMatchObject({ code });
    expect(await writtenFor(id)).toBe(0);
  });

  it('is not written where the plan lets no program in, but for a session', async () => {
    const { id, token, key } = await newKeyOwner(service, ['usage:write']);
    await withoutApiAccess(service, 'free', async () => {
      await expect(use(await callerOf(key), WRITE)).rejects.toMatchObject({ code: 'plan_required' });
      expect(await writtenFor(id)).toBe(0);
      await use(await claimsOf(token), WRITE);
    });
    expect(await writtenFor(id)).toBe(1);
  });

  it.each<[string, string, Policy, string]>([
    ['an ended session', 'UPDATE sessions SET revoked_at = now() WHERE user_id = $1', {}, 'invalid_token'],
    ['a disabled account', 'UPDATE users SET is_active = false WHERE id = $1', {}, 'account_disabled'],
    ['an unproven mailbox', 'UPDATE users SET is_verified = false WHERE id = $1', {}, 'email_not_verified'],
    ['no administrator', 'SELECT $1::uuid', { admin: true }, 'admin_required'],
    ['a deleted account', 'DELETE FROM users WHERE id = $1', {}, 'invalid_token'],
  ])('is not written for %s by a token', async (_what, change, policy, code) => {
    const { id, token } = await newSession(service);
    const caller = await claimsOf(token);
    await service.sql(change, [id]);
    await expect(use(caller, policy)).rejects.toMatchObject({ code });
    expect(await writtenFor(id)).toBe(0);
  });

  it('is written for an account that a platform made, whose mailbox nobody has proven', async () => {
    const platform = await newPlatform(service);
    const store = { email: newIdentity().email, external_platform: 'shop', external_store_id: '1' };
    const response = await service.post('/users/provision', store, withKey(platform.key));
    const { user, api_key } = await response.json<{ user: { id: string }; api_key: string }>();
    await use(await callerOf(api_key), WRITE);
    expect(await writtenFor(user.id)).toBe(1);
  });

  it('ends with a revocation: what was let through before it is written, nothing after', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const owner = await newSession(service);
      const { id: keyId, key } = await newKey(service, owner, ['usage:write']);
      const caller = await callerOf(key);
      // Who is let through and has no row lost the right in between, and has to be refused by the route.
      const tries = Array.from({ length: 30 }, () =>
        use(caller, WRITE).then(
          ({ results: [rows] }) => rows.length,
          () => 0,
        ),
      );
      await service.fetch(`/api-keys/${keyId}`, { method: 'DELETE', token: owner.token });
      const passed = (await Promise.all(tries)).reduce((sum, rows) => sum + rows, 0);
      const before = await writtenFor(owner.id);
      expect(before).toBe(passed);
      await expect(use(caller, WRITE)).rejects.toMatchObject({ code: 'api_key_invalid' });
      expect(await writtenFor(owner.id)).toBe(before);
    }
  });
});
