import { beforeEach, describe, expect, it } from 'vitest';
import { createPasswordHasher } from '../../src/adapters/argon2.ts';
import { logIn as logInUseCase } from '../../src/auth/log-in.ts';
import { type Account, logIn, newAccount, newIdentity } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const attempt = (account: { email: string }, password: string) =>
  service.post('/login', { email: account.email, password });
const throttles = () =>
  service.sql(
    `SELECT cardinality(failed_at) AS failures, locks, locked_until FROM login_throttles WHERE failed_at <> '{}'`,
  );

describe('POST /login', () => {
  it('answers with a token, the account and a refresh cookie', async () => {
    const account = await newAccount(service);
    const response = await attempt(account, account.password);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      type: 'Bearer',
      expires_in: 900,
      user: { id: account.id, email: account.email, is_verified: true },
    });
    expect(response.headers.get('Set-Cookie')).toMatch(
      /^refresh_token=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  it('lets an unverified account in, and knows the address in any case', async () => {
    const account = await newAccount(service, { verified: false });
    expect((await attempt({ email: account.email.toUpperCase() }, account.password)).status).toBe(200);
  });

  it('keeps the refresh token as a hash alone', async () => {
    const account = await newAccount(service);
    const { cookie } = await logIn(service, account);
    const rows = await service.sql(
      'SELECT r::text AS row FROM refresh_tokens r UNION ALL SELECT s::text FROM sessions s',
    );
    expect(rows.map((row) => row.row).join()).not.toContain(cookie.split('=')[1]);
  });

  it('gives an unknown address, a wrong password and an account without one the same answer and work', async () => {
    const known = await newAccount(service);
    const passwordless = await newAccount(service);
    await service.sql('UPDATE users SET password_hash = NULL WHERE id = $1', [passwordless.id]);

    const answers = [];
    for (const account of [known, passwordless, newIdentity()]) {
      let response = new Response();
      const trips = await service.roundTrips(async () => {
        response = await attempt(account, 'not the password');
      });
      const { request_id: _, ...body } = await response.json<Record<string, unknown>>();
      const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
      answers.push({ trips, status: response.status, body, headers });
    }
    expect(answers[0]).toMatchObject({ trips: 2, status: 401, body: { code: 'invalid_credentials' } });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('hashes once for each of them', async () => {
    const known = await newAccount(service);
    const passwordless = await newAccount(service);
    await service.sql('UPDATE users SET password_hash = NULL WHERE id = $1', [passwordless.id]);
    const hashed: string[] = [];
    const deps = service.deps();
    const passwords = createPasswordHasher();
    const counting = {
      ...deps,
      passwords: {
        ...passwords,
        verify: (encoded: string, password: string) => {
          hashed.push(password);
          return passwords.verify(encoded, password);
        },
        verifyNothing: (password: string) => {
          hashed.push(password);
          return passwords.verifyNothing(password);
        },
      },
    };
    for (const [index, { email }] of [known, passwordless, newIdentity()].entries()) {
      const attempt = logInUseCase(
        counting,
        { email, password: `guess ${index}` },
        { requestId: 'a request', ip: null, userAgent: null, country: null, city: null },
      );
      await expect(attempt).rejects.toThrow('invalid_credentials');
    }
    expect(hashed).toEqual(['guess 0', 'guess 1', 'guess 2']);
  });

  it('begins no session when a lock comes between the check and the session', async () => {
    const account = await newAccount(service);
    await attempt(account, 'wrong');
    const committed = service.transaction(
      [`UPDATE login_throttles SET locked_until = now() + interval '1 min'`, []],
      ['SELECT pg_sleep(0.7)', []],
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    const response = await attempt(account, account.password);
    await committed;
    expect(response.status).toBe(429);
    expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [account.id])).toHaveLength(0);
    await service.sql('DELETE FROM login_throttles');
  });

  it('says that an account is disabled only to who knows its password', async () => {
    const account = await newAccount(service);
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [account.id]);
    expect(await (await attempt(account, 'not the password')).json()).toMatchObject({
      code: 'invalid_credentials',
    });
    const response = await attempt(account, account.password);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'account_disabled' });
    expect(response.headers.get('Set-Cookie')).toBeNull();
  });

  it.each([
    ['the password changes', `UPDATE users SET password_hash = 'changed' WHERE id = $1`],
    ['the account is deactivated', 'UPDATE users SET is_active = false WHERE id = $1'],
  ])('begins no session when %s between the check and the session', async (_case, change) => {
    const account = await newAccount(service);
    // Holds the row after the change, uncommitted: the login reads the account as it was and arrives at the lock.
    const committed = service.transaction([change, [account.id]], ['SELECT pg_sleep(0.7)', []]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const response = await attempt(account, account.password);
    await committed;
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [account.id])).toHaveLength(0);
  });
});

describe('wrong passwords', () => {
  let account: Account;
  beforeEach(async () => {
    await service.sql('DELETE FROM login_throttles');
    account = await newAccount(service);
  });
  const failTimes = async (times: number, who: { email: string } = account) => {
    const statuses = [];
    for (let time = 0; time < times; time++) statuses.push((await attempt(who, 'wrong')).status);
    return statuses;
  };

  it.each(['a known', 'an unknown'])('lock %s address at the eleventh', async (kind) => {
    const who = kind === 'a known' ? account : newIdentity();
    expect(await failTimes(10, who)).toEqual(Array(10).fill(401));
    const response = await attempt(who, 'wrong');
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: 'account_locked' });
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(Number(response.headers.get('Retry-After'))).toBeLessThanOrEqual(60);
  });

  it('make the right password answer like a wrong one until the wait is over', async () => {
    await failTimes(10);
    const [right, wrong] = await Promise.all([attempt(account, account.password), attempt(account, 'wrong')]);
    expect([right.status, wrong.status]).toEqual([429, 429]);
    const strip = async (response: Response) => ({ ...(await response.json<object>()), request_id: '' });
    expect(await strip(right)).toEqual(await strip(wrong));

    await service.sql(`UPDATE login_throttles SET locked_until = now() - interval '1 s'`);
    expect((await attempt(account, account.password)).status).toBe(200);
    expect(await throttles()).toEqual([]);
  });

  it('double the wait with each further failure, up to an hour', async () => {
    await failTimes(10);
    const waits = [];
    for (let time = 0; time < 8; time++) {
      await service.sql(`UPDATE login_throttles SET locked_until = now() - interval '1 ms'`);
      const response = await attempt(account, 'wrong');
      expect(response.status).toBe(429);
      waits.push(Number(response.headers.get('Retry-After')));
    }
    expect(waits).toEqual([120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  it('are forgotten after a quarter of an hour without any', async () => {
    await failTimes(10);
    await service.sql(
      `UPDATE login_throttles SET locked_until = now() - interval '16 min', failed_at = ARRAY[now() - interval '17 min']`,
    );
    expect((await attempt(account, 'wrong')).status).toBe(401);
    expect(await throttles()).toMatchObject([{ failures: 1, locks: 0 }]);
  });

  it('keep the waits long for whoever goes on within a quarter of an hour', async () => {
    await failTimes(10);
    await service.sql(`UPDATE login_throttles SET locked_until = now() - interval '20 min',
      failed_at = ARRAY[now() - interval '14 min', now() - interval '50 min']`);
    const response = await attempt(account, 'wrong');
    expect([response.status, response.headers.get('Retry-After')]).toEqual([429, '120']);
  });

  it('lock nobody who mistypes now and then: the window slides', async () => {
    for (let time = 0; time < 14; time++) {
      expect((await attempt(account, 'wrong')).status).toBe(401);
      await service.sql(
        `UPDATE login_throttles SET failed_at = ARRAY(SELECT at - interval '2 min' FROM unnest(failed_at) at)`,
      );
    }
    expect(await throttles()).toMatchObject([{ failures: 8, locks: 0 }]);
  });

  it('are forgotten at a successful login', async () => {
    await failTimes(9);
    expect((await attempt(account, account.password)).status).toBe(200);
    expect(await failTimes(10)).toEqual(Array(10).fill(401));
  });

  it('are counted exactly when 30 come at once', async () => {
    for (let round = 0; round < rounds(5); round++) {
      await service.sql('DELETE FROM login_throttles');
      const responses = await Promise.all(Array.from({ length: 30 }, () => attempt(account, 'wrong')));
      const statuses = responses.map((response) => response.status);
      expect(statuses.filter((status) => status === 401)).toHaveLength(10);
      expect(statuses.filter((status) => status === 429)).toHaveLength(20);
      expect(await throttles()).toMatchObject([{ locks: 1 }]);
    }
  });

  it('leave no address to read in the database', async () => {
    await failTimes(1);
    const rows = await service.sql('SELECT t::text AS row FROM login_throttles t');
    expect(rows).toHaveLength(1);
    expect(String(rows[0]?.row)).not.toContain(account.username);
  });
});

describe('guesses at the password of a deactivated account', () => {
  it('are counted like any other: one that arrives when the wait has begun is not told that it was right', async () => {
    const account = await newAccount(service);
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [account.id]);
    await attempt(account, 'wrong');
    const lock = service.transaction(
      [`UPDATE login_throttles SET locked_until = now() + interval '1 min'`, []],
      ['SELECT pg_sleep(0.7)', []],
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await attempt(account, account.password)).status).toBe(429);
    await lock;
    await service.sql('DELETE FROM login_throttles');
  });
});
