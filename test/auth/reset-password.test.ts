import { describe, expect, it } from 'vitest';
import { logIn, newAccount, newIdentity } from '../support/accounts.ts';
import { askForReset, resetToken } from '../support/credentials.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const NEW = 'a new and better password';
const setPassword = (token: string, password = NEW) => service.post('/new-password', { token, password });
const logInWith = (email: string, password: string) => service.post('/login', { email, password });
const resetMails = (email: string) =>
  service.sql(`SELECT payload FROM outbox WHERE recipient = $1 AND kind = 'reset_password'`, [email]);

describe('POST /forget-password', () => {
  it('mails a link to the page of FRONTEND_URL, whatever the request says', async () => {
    const account = await newAccount(service);
    const headers = { Host: 'evil.test', 'X-Forwarded-Host': 'evil.test', Forwarded: 'host=evil.test' };
    expect((await askForReset(service, account.email, { headers })).status).toBe(202);
    await service.deliverQueued({ FRONTEND_URL: 'https://app.acme.test/app' });
    const mail = (await service.mailsTo(account.email)).find((one) => one.subject.includes('new password'));
    expect(mail?.text).toMatch(/^https:\/\/app\.acme\.test\/app\/new-password\?token=[\w-]+$/m);
    expect(mail?.text).toContain('works for 30 minutes');
    expect(`${mail?.text}${mail?.html}`).not.toContain('evil.test');
  });

  it('gives a known, an unknown, a deactivated and an unmailable address the same answer and work', async () => {
    const [known, inactive, placeholder] = [
      await newAccount(service),
      await newAccount(service),
      await newAccount(service),
    ];
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [inactive.id]);
    placeholder.email = `${placeholder.username}@github.local`;
    await service.sql('UPDATE users SET email = $2 WHERE id = $1', [placeholder.id, placeholder.email]);
    service.queued.splice(0);

    const answers = [];
    for (const { email } of [known, newIdentity(), inactive, placeholder]) {
      let response = new Response();
      const trips = await service.roundTrips(async () => {
        response = await askForReset(service, email);
      });
      const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
      const queued = service.queued.splice(0).length;
      answers.push({ trips, queued, status: response.status, body: await response.json(), headers });
    }
    expect(answers[0]).toMatchObject({ trips: 1, queued: 1, status: 202 });
    for (const answer of answers.slice(1)) expect(answer).toEqual(answers[0]);
    expect(await resetMails(known.email)).toHaveLength(1);
    for (const { email } of [inactive, placeholder]) expect(await resetMails(email)).toEqual([]);
  });

  it('writes a row for an unknown address as for a known one', async () => {
    const before = await service.sql('SELECT FROM mail_quotas');
    await askForReset(service, newIdentity().email);
    await askForReset(service, (await newAccount(service)).email);
    // One of the unknown address, two of the known one: the other is the verification mail's.
    expect(await service.sql('SELECT FROM mail_quotas')).toHaveLength(before.length + 3);
  });

  it('mails at most five an hour under 30 parallel requests, and the last one mailed works', async () => {
    const { email } = await newAccount(service);
    const responses = await Promise.all(Array.from({ length: 30 }, () => askForReset(service, email)));
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([202]));
    expect(await resetMails(email)).toHaveLength(5);
    await service.deliverQueued();
    const tokens = (await service.mailsTo(email)).flatMap(
      (mail) => /\/new-password\?token=([\w-]+)/.exec(mail.text)?.[1] ?? [],
    );
    expect(tokens).toHaveLength(5);
    const statuses = [];
    for (const token of tokens) statuses.push((await setPassword(token)).status);
    expect(statuses.toSorted()).toEqual([200, 400, 400, 400, 400]);
  });

  it('leaves nothing in the database that opens the account', async () => {
    const { email } = await newAccount(service);
    const token = await resetToken(service, email);
    const rows = await service.sql(
      'SELECT o::text AS row FROM outbox o UNION ALL SELECT t::text FROM one_time_tokens t',
    );
    expect(rows.map(({ row }) => row).join()).not.toContain(token);
  });

  it('is 503 without a database and without a way to send mail', async () => {
    const { email } = newIdentity();
    const away = await service.withoutDatabase(() => askForReset(service, email));
    expect(away.status).toBe(503);
    expect(away.headers.get('Retry-After')).toBeTruthy();
    const unconfigured = await service.fetch(
      '/forget-password',
      { method: 'POST', json: { email } },
      { SMTP_HOST: '' },
    );
    expect(await unconfigured.json()).toMatchObject({ status: 503, code: 'mail_not_configured' });
  });
});

describe('POST /new-password', () => {
  it('sets the password once, and tells the owner', async () => {
    const account = await newAccount(service);
    const token = await resetToken(service, account.email);
    const response = await setPassword(token);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ message: expect.any(String) });
    expect(response.headers.get('Set-Cookie')).toBeNull();

    const again = await setPassword(token, 'another password altogether');
    expect(await again.json()).toMatchObject({ status: 400, code: 'invalid_token' });
    expect((await logInWith(account.email, NEW)).status).toBe(200);
    expect((await logInWith(account.email, account.password)).status).toBe(401);

    await service.deliverQueued();
    const subjects = (await service.mailsTo(account.email)).map((mail) => mail.subject);
    expect(subjects.filter((subject) => subject.includes('password was changed'))).toHaveLength(1);
  });

  it('lets one of 30 parallel uses of a link win', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const account = await newAccount(service);
      const token = await resetToken(service, account.email);
      const passwords = Array.from({ length: 30 }, (_, index) => `parallel password ${index}`);
      const responses = await Promise.all(passwords.map((password) => setPassword(token, password)));
      const statuses = responses.map((response) => response.status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 400)).toHaveLength(29);
      const winner = passwords[statuses.indexOf(200)] ?? '';
      expect((await logInWith(account.email, winner)).status).toBe(200);
      const told = `SELECT FROM outbox WHERE recipient = $1 AND kind = 'password_changed'`;
      expect(await service.sql(told, [account.email])).toHaveLength(1);
    }
  });

  it('takes the newest link only', async () => {
    const account = await newAccount(service);
    const older = await resetToken(service, account.email);
    const newer = await resetToken(service, account.email);
    expect((await setPassword(older)).status).toBe(400);
    expect((await setPassword(newer)).status).toBe(200);
  });

  it.each([
    ['that has expired', `UPDATE one_time_tokens SET expires_at = now() - interval '1 s' WHERE user_id = $1`],
    ['to an address the account has left', `UPDATE users SET email = 'new-' || email WHERE id = $1`],
    ['of a deactivated account', 'UPDATE users SET is_active = false WHERE id = $1'],
    ['of a deleted account', 'DELETE FROM users WHERE id = $1'],
  ])('refuses a link %s, and changes nothing', async (_case, statement) => {
    const account = await newAccount(service);
    const session = await logIn(service, account);
    const token = await resetToken(service, account.email);
    await service.sql(statement, [account.id]);
    const response = await setPassword(token);
    expect(await response.json()).toMatchObject({ status: 400, code: 'invalid_token' });
    const revoked = 'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NOT NULL';
    expect(await service.sql(revoked, [session.id])).toEqual([]);
  });

  it('expires 30 minutes after it was asked for', async () => {
    const account = await newAccount(service);
    await resetToken(service, account.email);
    const [row] = await service.sql(
      `SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM one_time_tokens
       WHERE user_id = $1 AND purpose = 'reset_password'`,
      [account.id],
    );
    expect(row?.seconds).toBe(1_800);
  });

  it.each([
    ['short', () => 'short'],
    ['long', () => 'x'.repeat(129)],
    ['the address', (account: { email: string }) => account.email.toUpperCase()],
    ['the username', (account: { username: string }) => account.username],
  ])('refuses a password that is %s without using the link up', async (_case, weak) => {
    const account = await newAccount(service);
    const session = await logIn(service, account);
    const token = await resetToken(service, account.email);
    const response = await setPassword(token, weak(account));
    expect(await response.json()).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: { password: expect.any(String) },
    });
    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
    expect((await setPassword(token)).status).toBe(200);
  });

  it('is not a link that a GET uses up', async () => {
    const account = await newAccount(service);
    const token = await resetToken(service, account.email);
    for (const method of ['GET', 'HEAD']) {
      expect((await service.fetch(`/new-password?token=${token}`, { method })).status).toBe(404);
    }
    expect((await setPassword(token)).status).toBe(200);
  });

  it('refuses what it did not sign, without asking the database', async () => {
    const account = await newAccount(service);
    const token = await resetToken(service, account.email);
    await service.post('/request/verify', undefined, { token: (await logIn(service, account)).token });
    const flipped = token.slice(0, 40) + (token[40] === 'A' ? 'B' : 'A') + token.slice(41);
    const forged = ['', 'x', '%', 'A'.repeat(107), token.slice(0, -2), `${token}AA`, flipped];
    const trips = await service.roundTrips(async () => {
      for (const one of forged) expect((await setPassword(one)).status).toBe(400);
    });
    expect(trips).toBe(0);
  });

  it('proves the mailbox, and lets the owner in although the address had to wait', async () => {
    const account = await newAccount(service, { verified: false });
    for (let time = 0; time < 11; time++) await logInWith(account.email, 'wrong');
    expect((await logInWith(account.email, account.password)).status).toBe(429);
    expect((await setPassword(await resetToken(service, account.email))).status).toBe(200);
    const response = await logInWith(account.email, NEW);
    expect(await response.json()).toMatchObject({ user: { is_verified: true } });
  });

  it('gives an account without a password its first one', async () => {
    const account = await newAccount(service);
    await service.sql(`UPDATE users SET password_hash = NULL, provider = 'google' WHERE id = $1`, [
      account.id,
    ]);
    expect((await setPassword(await resetToken(service, account.email))).status).toBe(200);
    expect((await logInWith(account.email, NEW)).status).toBe(200);
  });

  it('lets no session survive that a login with the old password begins meanwhile', async () => {
    const account = await newAccount(service);
    const token = await resetToken(service, account.email);
    const logins = Array.from({ length: 10 }, () => logInWith(account.email, account.password));
    const [reset, ...answers] = await Promise.all([setPassword(token), ...logins]);
    expect(reset.status).toBe(200);
    expect(answers.every(({ status }) => status === 200 || status === 401)).toBe(true);
    const alive = 'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [account.id])).toEqual([]);
    const tokens = 'SELECT FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(tokens, [account.id])).toEqual([]);
  });
});
