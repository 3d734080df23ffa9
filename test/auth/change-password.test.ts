import { describe, expect, it } from 'vitest';
import { type Account, logIn, newAccount, newSession } from '../support/accounts.ts';
import { weakHash } from '../support/credentials.ts';
import { useService } from '../support/service.ts';

const service = useService();
const NEW = 'a new and better password';
const change = (token: string, old_password: string, new_password = NEW) =>
  service.post('/change-password', { old_password, new_password }, { token });
/** Signed in, with a hash that costs next to nothing: 30 real ones at once keep a slow machine busy for seconds. */
async function cheapSession() {
  const session = await newSession(service);
  const hash = weakHash(session.password, { m: 8, t: 1 });
  await service.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [session.id, hash]);
  return session;
}
const logInWith = (account: Account, password: string) =>
  service.post('/login', { email: account.email, password });

describe('POST /change-password', () => {
  it('replaces the password, keeps this session, ends the others, and tells the owner', async () => {
    const session = await newSession(service);
    const other = await logIn(service, session);
    const response = await change(session.token, session.password);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ message: expect.any(String) });

    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
    expect((await service.post('/refresh-token', undefined, { cookie: session.cookie })).status).toBe(200);
    expect((await service.fetch('/me', { token: other.token })).status).toBe(401);
    expect((await service.post('/refresh-token', undefined, { cookie: other.cookie })).status).toBe(401);
    expect((await logInWith(session, session.password)).status).toBe(401);
    expect((await logInWith(session, NEW)).status).toBe(200);

    await service.deliverQueued();
    const subjects = (await service.mailsTo(session.email)).map((mail) => mail.subject);
    expect(subjects.filter((subject) => subject.includes('password was changed'))).toHaveLength(1);
  });

  it('refuses a wrong old password and changes nothing', async () => {
    const session = await newSession(service);
    const other = await logIn(service, session);
    const response = await change(session.token, 'not the password');
    expect(await response.json()).toMatchObject({ status: 403, code: 'wrong_password' });
    expect((await service.fetch('/me', { token: other.token })).status).toBe(200);
    expect((await logInWith(session, session.password)).status).toBe(200);
  });

  it('counts wrong passwords together with those of /login', async () => {
    const session = await newSession(service);
    const statuses = [];
    for (let time = 0; time < 5; time++) {
      statuses.push(
        (await change(session.token, 'wrong')).status,
        (await logInWith(session, 'wrong')).status,
      );
    }
    expect(statuses).toEqual(Array(5).fill([403, 401]).flat());
    const eleventh = await change(session.token, 'wrong');
    expect(await eleventh.json()).toMatchObject({ status: 429, code: 'account_locked' });
    expect(Number(eleventh.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await logInWith(session, session.password)).status).toBe(429);
  });

  it('answers the right password like a wrong one while the address has to wait', async () => {
    const session = await newSession(service);
    for (let time = 0; time < 10; time++) await change(session.token, 'wrong');
    const answers = [];
    for (const password of [session.password, 'wrong']) {
      let response = new Response();
      const trips = await service.roundTrips(async () => {
        response = await change(session.token, password);
      });
      answers.push({ trips, body: { ...(await response.json<object>()), request_id: '' } });
    }
    expect(answers[0]).toMatchObject({ trips: 2, body: { status: 429, code: 'account_locked' } });
    expect(answers[1]).toEqual(answers[0]);
    await service.sql('DELETE FROM login_throttles');
    expect((await logInWith(session, session.password)).status).toBe(200);
  });

  it('answers ten of 30 parallel wrong guesses and no more', async () => {
    const session = await cheapSession();
    const responses = await Promise.all(Array.from({ length: 30 }, () => change(session.token, 'wrong')));
    const statuses = responses.map((response) => response.status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  });

  it('lets one of 30 parallel changes win', async () => {
    const session = await cheapSession();
    const passwords = Array.from({ length: 30 }, (_, index) => `parallel password ${index}`);
    const responses = await Promise.all(
      passwords.map((password) => change(session.token, session.password, password)),
    );
    const statuses = responses.map((response) => response.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    // One that began after the winner was done has a wrong password, and the tenth of those has to wait.
    expect(statuses.filter((status) => status === 403 || status === 429)).toHaveLength(29);
    await service.sql('DELETE FROM login_throttles');
    expect((await logInWith(session, passwords[statuses.indexOf(200)] ?? '')).status).toBe(200);
    const told = `SELECT FROM outbox WHERE recipient = $1 AND kind = 'password_changed'`;
    expect(await service.sql(told, [session.email])).toHaveLength(1);
  });

  it.each([
    ['short', () => 'short'],
    ['the address', (account: Account) => account.email],
    ['the username', (account: Account) => account.username.toUpperCase()],
  ])('refuses a new password that is %s', async (_case, weak) => {
    const session = await newSession(service);
    const response = await change(session.token, session.password, weak(session));
    expect(await response.json()).toMatchObject({
      status: 422,
      errors: { new_password: expect.any(String) },
    });
    expect((await logInWith(session, session.password)).status).toBe(200);
  });

  it('sends an account without a password to the mailed link', async () => {
    const session = await newSession(service);
    await service.sql(`UPDATE users SET password_hash = NULL WHERE id = $1`, [session.id]);
    const response = await change(session.token, 'anything at all');
    expect(await response.json()).toMatchObject({
      status: 403,
      code: 'wrong_password',
      detail: expect.stringContaining('/forget-password'),
    });
  });

  it('needs a token of a verified account whose session stands', async () => {
    const account = await newAccount(service, { verified: false });
    const unverified = await logIn(service, account);
    const response = await change(unverified.token, account.password);
    expect(await response.json()).toMatchObject({ status: 403, code: 'email_not_verified' });
    const body = { old_password: account.password, new_password: NEW };
    expect((await service.post('/change-password', body)).status).toBe(401);
    await service.sql('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [account.id]);
    expect((await change(unverified.token, account.password)).status).toBe(401);
  });

  it('lets no session survive that a login with the old password begins meanwhile', async () => {
    const session = await newSession(service);
    const logins = Array.from({ length: 10 }, () => logInWith(session, session.password));
    const [changed] = await Promise.all([change(session.token, session.password), ...logins]);
    expect(changed.status).toBe(200);
    const alive = 'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [session.id])).toHaveLength(1);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
  });
});
