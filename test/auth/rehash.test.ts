import { describe, expect, it } from 'vitest';
import { createPasswordHasher } from '../../src/adapters/argon2.ts';
import { logIn } from '../../src/auth/log-in.ts';
import { type Account, newAccount } from '../support/accounts.ts';
import { weakHash } from '../support/credentials.ts';
import { useService } from '../support/service.ts';

const service = useService();

async function withWeakHash(): Promise<Account & { weak: string }> {
  const account = await newAccount(service);
  const weak = weakHash(account.password);
  await service.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [account.id, weak]);
  return { ...account, weak };
}
const hashOf = async ({ id }: Account) =>
  String((await service.sql('SELECT password_hash FROM users WHERE id = $1', [id]))[0]?.password_hash);
const attempt = ({ email }: Account, password: string) => service.post('/login', { email, password });

describe('a hash that was made with weaker parameters', () => {
  it('is replaced at a login, without another round trip', async () => {
    const account = await withWeakHash();
    const trips = await service.roundTrips(async () => {
      expect((await attempt(account, account.password)).status).toBe(200);
    });
    expect(trips).toBe(2);
    const hash = await hashOf(account);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await attempt(account, account.password)).status).toBe(200);
    expect(await hashOf(account)).toBe(hash);
  });

  it('stays when the password was wrong', async () => {
    const account = await withWeakHash();
    expect((await attempt(account, 'wrong')).status).toBe(401);
    expect(await hashOf(account)).toBe(account.weak);
  });

  it('is replaced once when 30 log in at once, and lets all of them in', async () => {
    const account = await withWeakHash();
    const deps = service.deps();
    const strong = await deps.passwords.hash(account.password);
    let made = 0;
    // The same verdicts at no cost: 90 real hashes at once keep a slow machine busy beyond the database's timeout.
    const passwords = {
      ...deps.passwords,
      verify: async (_encoded: string, password: string) => password === account.password,
      hash: async () => {
        made += 1;
        return strong.slice(0, -12) + String(made).padStart(2, '0') + strong.slice(-10);
      },
    };
    const client = { requestId: 'a request', ip: null, userAgent: null, country: null, city: null };
    const logIns = Array.from({ length: 30 }, () => logIn({ ...deps, passwords }, account, client));
    expect(await Promise.all(logIns)).toHaveLength(30);
    expect(await hashOf(account)).toMatch(/^\$argon2id\$v=19\$m=19456,/);
    expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [account.id])).toHaveLength(30);
  });

  it('does not undo a change of the password that comes between', async () => {
    const account = await withWeakHash();
    const changed = await createPasswordHasher().hash('another password');
    const committed = service.transaction(
      ['UPDATE users SET password_hash = $2 WHERE id = $1', [account.id, changed]],
      ['SELECT pg_sleep(0.7)', []],
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await attempt(account, account.password)).status).toBe(401);
    await committed;
    expect(await hashOf(account)).toBe(changed);
    expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [account.id])).toEqual([]);
  });
});

describe('needsRehash', () => {
  const { needsRehash, hash } = createPasswordHasher();
  it.each([
    ['less memory', { m: 8_192 }],
    ['fewer passes', { m: 19_456, t: 1 }],
    ['a shorter salt', { m: 19_456, salt: 8 }],
    ['a shorter tag', { m: 19_456, tag: 16 }],
  ])('says so of %s', (_case, parameters) => {
    expect(needsRehash(weakHash('x', parameters))).toBe(true);
  });

  it.each([
    ['more memory', { m: 20_480 }],
    ['more passes', { m: 19_456, t: 3 }],
  ])('leaves %s alone', (_case, parameters) => {
    expect(needsRehash(weakHash('x', parameters))).toBe(false);
  });

  it('leaves its own alone', async () => {
    expect(needsRehash(await hash('x'))).toBe(false);
  });
});
