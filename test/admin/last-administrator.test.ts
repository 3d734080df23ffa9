import { beforeEach, describe, expect, inject, it } from 'vitest';
import { newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();
let ada: SignedIn;
let bob: SignedIn;

beforeEach(async () => {
  await service.sql('UPDATE users SET is_admin = false');
  [ada, bob] = await Promise.all([newAdmin(service), newAdmin(service)]);
});

const ROUNDS = inject('realPostgres') ? 30 : 2;

const role = (by: SignedIn, whom: SignedIn, is_admin = false) =>
  service.fetch(`/admin/users/${whom.id}/role`, { method: 'PATCH', token: by.token, json: { is_admin } });
const status = (by: SignedIn, whom: SignedIn, is_active = false) =>
  service.fetch(`/admin/users/${whom.id}/status`, { method: 'PATCH', token: by.token, json: { is_active } });
const deactivate = (who: SignedIn) => service.post('/deactivate', undefined, { token: who.token });
const remove = ({ token, password }: SignedIn) =>
  service.fetch('/me', { method: 'DELETE', token, json: { password } });
const outcome = async (response: Response) =>
  response.ok ? response.status : (await response.json<{ code: string }>()).code;
const left = async () =>
  (await service.sql('SELECT id FROM users WHERE is_admin AND is_active AND is_verified')).map(
    ({ id }) => id,
  );
const asBefore = async () => {
  await service.sql('UPDATE users SET is_admin = true, is_active = true WHERE id IN ($1, $2)', [
    ada.id,
    bob.id,
  ]);
  await service.sql('UPDATE sessions SET revoked_at = NULL WHERE user_id IN ($1, $2)', [ada.id, bob.id]);
};

describe('the last administrator', () => {
  beforeEach(async () => {
    expect(await outcome(await role(ada, bob))).toBe(200);
  });

  it.each([
    ['demoted', () => role(ada, ada)],
    ['deactivated', () => status(ada, ada)],
    ['deactivated by itself', () => deactivate(ada)],
    ['deleted', () => remove(ada)],
  ])('is not %s', async (_what, act) => {
    expect(await outcome(await act())).toBe('last_admin');
    expect(await left()).toEqual([ada.id]);
    expect((await service.fetch('/me', { token: ada.token })).status).toBe(200);
    expect(
      await service.sql(
        `SELECT FROM outbox WHERE kind IN ('account_deactivated', 'account_deleted') AND recipient = $1`,
        [ada.email],
      ),
    ).toEqual([]);
  });

  it('is whoever can do anything: one that is deactivated or not verified does not count', async () => {
    await service.sql('UPDATE users SET is_admin = true, is_verified = false WHERE id = $1', [bob.id]);
    expect(await outcome(await role(ada, ada))).toBe('last_admin');
    await service.sql('UPDATE users SET is_active = false, is_verified = true WHERE id = $1', [bob.id]);
    expect(await outcome(await role(ada, ada))).toBe('last_admin');
    expect(await outcome(await role(ada, bob))).toBe(200);
  });

  it('may go once there is another', async () => {
    expect(await outcome(await role(ada, bob, true))).toBe(200);
    expect(await outcome(await deactivate(ada))).toBe(200);
    expect(await left()).toEqual([bob.id]);
  });

  it('keeps nobody else from closing an account', async () => {
    const user = await newSession(service);
    expect(await outcome(await deactivate(user))).toBe(200);
    expect(await outcome(await remove(await newSession(service)))).toBe(204);
  });
});

describe('of two administrators', () => {
  it.each<[string, () => Promise<Response>[]]>([
    ['who demote each other', () => [role(ada, bob), role(bob, ada)]],
    ['who deactivate each other', () => [status(ada, bob), status(bob, ada)]],
    ['who both step down', () => [role(ada, ada), role(bob, bob)]],
    ['of whom one demotes the other, who deactivates the account', () => [role(ada, bob), deactivate(ada)]],
    ['who both deactivate the account', () => [deactivate(ada), deactivate(bob)]],
  ])('%s, one stays', async (_what, acts) => {
    for (let round = 0; round < ROUNDS; round++) {
      await asBefore();
      const outcomes = await Promise.all((await Promise.all(acts())).map(outcome));
      expect((await left()).length, outcomes.join()).toBeGreaterThan(0);
      expect(outcomes.filter((one) => one === 200).length, outcomes.join()).toBe(1);
    }
  });

  it('who both delete the account, one stays', async () => {
    const outcomes = await Promise.all((await Promise.all([remove(ada), remove(bob)])).map(outcome));
    expect(outcomes.toSorted()).toEqual([204, 'last_admin']);
    expect(await left()).toHaveLength(1);
  });
});
