import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { holdUntil, WAITING } from '../support/hold.ts';
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

describe.skipIf(!inject('realPostgres'))('whoever becomes an administrator while closing the account', () => {
  const HELD = `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711001 AND granted
                          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;
  let carl: SignedIn;
  beforeEach(async () => {
    await service.sql(`DELETE FROM users WHERE id = $1`, [bob.id]);
    carl = await newSession(service);
    await service.sql(
      `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'x', now() + interval '1 h')`,
      [carl.id],
    );
  });

  it('does not count as the other one: that one is left', async () => {
    // Closes as what it was, is made an administrator meanwhile, and takes the rights of who did it.
    const promoted = holdUntil(
      service,
      ['SELECT FROM login_codes WHERE user_id = $1 FOR UPDATE', [carl.id]],
      `${WAITING} >= 1`,
      [['UPDATE users SET is_admin = true WHERE id = $1', [carl.id]]],
    );
    await service.sql(
      `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $f$
       BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $f$`,
    );
    await service.sql(
      'CREATE TRIGGER dawdle BEFORE UPDATE OF is_active ON users FOR EACH ROW EXECUTE FUNCTION dawdle()',
    );
    // The account is switched off, and not yet committed, until the other request either waits or is through.
    const dawdling = holdUntil(
      service,
      ['SELECT pg_advisory_xact_lock(1)', []],
      `${WAITING} >= 2 OR NOT (SELECT is_admin FROM users WHERE id = '${ada.id}')`,
    );
    const closing = deactivate(carl);
    await promoted;
    const demoting = role(carl, ada);
    await dawdling;
    await Promise.all([closing, demoting]);
    await service.sql('DROP TRIGGER dawdle ON users');
    expect(await left()).toHaveLength(1);
  });

  it('is not made one before the account is closed', async () => {
    const closing = holdUntil(
      service,
      ['SELECT pg_advisory_xact_lock_shared(4711001)', []],
      `${WAITING} >= 1`,
      [['UPDATE users SET is_active = false WHERE id = $1', [carl.id]]],
    );
    await vi.waitFor(async () => expect(await service.sql(`SELECT WHERE ${HELD}`)).toHaveLength(1));
    expect(await outcome(await role(ada, carl, true))).toBe('not_verified');
    await closing;
  });

  it('queues behind nobody who closes another', async () => {
    const other = holdUntil(
      service,
      ['SELECT pg_advisory_xact_lock_shared(4711001)', []],
      `NOT (SELECT is_active FROM users WHERE id = '${carl.id}')`,
    );
    await vi.waitFor(async () => expect(await service.sql(`SELECT WHERE ${HELD}`)).toHaveLength(1));
    expect(await outcome(await deactivate(carl))).toBe(200);
    await other;
  });
});
