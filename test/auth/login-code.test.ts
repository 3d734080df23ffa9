import { describe, expect, it } from 'vitest';
import { cookieOf, logIn, newAccount, newIdentity } from '../support/accounts.ts';
import { askForCode, loginCode, otherCode } from '../support/credentials.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const logInBy = (email: string, code: string) => service.post('/login/code', { email, code });
const codeMails = (email: string) =>
  service.sql(`SELECT payload FROM outbox WHERE recipient = $1 AND kind = 'login_code'`, [email]);
const codeRows = (id: string) =>
  service.sql('SELECT attempts, used_at FROM login_codes WHERE user_id = $1', [id]);
const times = <T>(count: number, act: () => Promise<T>) => Promise.all(Array.from({ length: count }, act));
const count = (responses: Response[], status: number) =>
  responses.filter((response) => response.status === status).length;

describe('POST /request/login-code', () => {
  it('mails eight digits in the body, never in the subject', async () => {
    const { email } = await newAccount(service);
    const response = await askForCode(service, email);
    expect(response.status).toBe(202);
    await service.deliverQueued();
    const mail = (await service.mailsTo(email)).find((one) => one.subject.includes('sign-in code'));
    const code = /^(\d{8})$/m.exec(mail?.text ?? '')?.[1] ?? '';
    expect(code).toHaveLength(8);
    expect(mail?.html).toContain(`>${code}<`);
    expect(mail?.subject).not.toMatch(/\d/);
    expect(mail?.text).toContain('works for 10 minutes');
  });

  it('gives a known, an unknown and a deactivated address the same answer and work', async () => {
    const [known, inactive] = [await newAccount(service), await newAccount(service)];
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [inactive.id]);
    service.queued.splice(0);
    const answers = [];
    for (const { email } of [known, newIdentity(), inactive]) {
      let response = new Response();
      const trips = await service.roundTrips(async () => {
        response = await askForCode(service, email);
      });
      const headers = [...response.headers].filter(([name]) => name !== 'x-request-id');
      const queued = service.queued.splice(0).length;
      answers.push({ trips, queued, status: response.status, body: await response.json(), headers });
    }
    expect(answers[0]).toMatchObject({ trips: 1, queued: 1, status: 202 });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await service.sql('SELECT FROM login_codes WHERE user_id = $1', [inactive.id])).toEqual([]);
    expect(await codeMails(inactive.email)).toEqual([]);
  });

  it('leaves no code in the database, nor what one could be made of without the key', async () => {
    const { email } = await newAccount(service);
    const code = await loginCode(service, email);
    const rows = await service.sql(
      `SELECT o.payload::text || o.recipient AS row FROM outbox o WHERE kind = 'login_code'
       UNION ALL SELECT code_hash FROM login_codes`,
    );
    const text = rows.map(({ row }) => row).join('\n');
    expect(text).not.toContain(code);
    const hashed = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${email}:${code}`));
    expect(text).not.toContain(
      [...new Uint8Array(hashed)].map((b) => b.toString(16).padStart(2, '0')).join(''),
    );
  });

  it('mails at most five an hour under 30 parallel requests, and one code is left', async () => {
    const { id, email } = await newAccount(service);
    const responses = await times(30, () => askForCode(service, email));
    expect(count(responses, 202)).toBe(30);
    expect(await codeMails(email)).toHaveLength(5);
    expect(await codeRows(id)).toHaveLength(1);
  });

  it('is 503 without a database', async () => {
    const response = await service.withoutDatabase(() => askForCode(service, newIdentity().email));
    expect(response.status).toBe(503);
  });
});

describe('POST /login/code', () => {
  it('answers as /login does', async () => {
    const account = await newAccount(service);
    const response = await logInBy(account.email.toUpperCase(), await loginCode(service, account.email));
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const cookie = cookieOf(response);
    const { token, ...rest } = await response.json<{ token: string }>();
    expect(rest).toMatchObject({
      type: 'Bearer',
      expires_in: 900,
      user: { id: account.id, is_verified: true },
    });
    expect((await service.fetch('/me', { token })).status).toBe(200);
    expect((await service.post('/refresh-token', undefined, { cookie })).status).toBe(200);
  });

  it('leaves the password and the sessions of a verified account alone', async () => {
    const account = await newAccount(service);
    const session = await logIn(service, account);
    expect((await logInBy(account.email, await loginCode(service, account.email))).status).toBe(200);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
    await logIn(service, account);
  });

  it('begins one session when 30 come at once with the right code', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const { id, email } = await newAccount(service);
      const code = await loginCode(service, email);
      const responses = await times(30, () => logInBy(email, code));
      expect(count(responses, 200)).toBe(1);
      expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [id])).toHaveLength(1);
      expect(await codeRows(id)).toMatchObject([{ attempts: 1, used_at: expect.any(String) }]);
    }
  });

  it('takes five tries a code, exactly, when 30 wrong guesses come at once', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const { id, email } = await newAccount(service);
      const code = await loginCode(service, email);
      const responses = await times(30, () => logInBy(email, otherCode(code)));
      expect(count(responses, 401)).toBe(10);
      expect(count(responses, 429)).toBe(20);
      expect(await codeRows(id)).toEqual([{ attempts: 5, used_at: null }]);
      // The right code comes too late, even when the address does not have to wait any more.
      await service.sql('DELETE FROM login_throttles');
      expect((await logInBy(email, code)).status).toBe(401);
      expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [id])).toEqual([]);
    }
  });

  it('takes the right code at the fifth try and not at the sixth', async () => {
    for (const [wrong, status] of [
      [4, 200],
      [5, 401],
    ] as const) {
      const { email } = await newAccount(service);
      const code = await loginCode(service, email);
      for (let time = 0; time < wrong; time++) await logInBy(email, otherCode(code));
      expect((await logInBy(email, code)).status).toBe(status);
    }
  });

  it('keeps counting for the address when another code is asked for', async () => {
    const { email } = await newAccount(service);
    for (let round = 0; round < 2; round++) {
      const code = await loginCode(service, email);
      for (let time = 0; time < 5; time++) expect((await logInBy(email, otherCode(code))).status).toBe(401);
    }
    const response = await logInBy(email, await loginCode(service, email));
    expect(await response.json()).toMatchObject({ status: 429, code: 'account_locked' });
    expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);

    await service.sql(`UPDATE login_throttles SET locked_until = now() - interval '1 s'`);
    expect((await logInBy(email, await loginCode(service, email))).status).toBe(200);
  });

  it('looks at no code while the address has to wait', async () => {
    const { id, email } = await newAccount(service);
    const old = await loginCode(service, email);
    for (let time = 0; time < 10; time++) await logInBy(email, otherCode(old));
    const code = await loginCode(service, email);
    const strip = async (response: Response) => ({ ...(await response.json<object>()), request_id: '' });
    const right = await logInBy(email, code);
    expect(right.status).toBe(429);
    expect(await strip(right)).toEqual(await strip(await logInBy(email, otherCode(code))));
    expect(await codeRows(id)).toEqual([{ attempts: 0, used_at: null }]);
  });

  it('and /login do not close each other', async () => {
    const account = await newAccount(service);
    const wrong = () => service.post('/login', { email: account.email, password: 'wrong' });
    for (let time = 0; time < 11; time++) await wrong();
    expect((await wrong()).status).toBe(429);
    expect((await logInBy(account.email, await loginCode(service, account.email))).status).toBe(200);

    const second = await newAccount(service);
    for (let time = 0; time < 11; time++) await logInBy(second.email, '00000000');
    expect((await logInBy(second.email, '00000000')).status).toBe(429);
    await logIn(service, second);
  });

  it('gives a wrong code, an unknown address and one without a code the same answers and work', async () => {
    const known = await newAccount(service);
    const code = await loginCode(service, known.email);
    const codeless = await newAccount(service);
    const all = [];
    for (const { email } of [known, newIdentity(), codeless]) {
      const answers = [];
      for (let time = 0; time < 12; time++) {
        let response = new Response();
        const trips = await service.roundTrips(async () => {
          response = await logInBy(email, otherCode(code));
        });
        const headers = [...response.headers].filter(([name]) => !/x-request-id|retry-after/.test(name));
        const body = { ...(await response.json<object>()), request_id: '' };
        answers.push({ trips, status: response.status, body, headers });
      }
      all.push(answers);
    }
    expect(all[0]?.map(({ trips }) => trips)).toEqual(Array(12).fill(1));
    expect(all[0]?.map(({ status }) => status)).toEqual([...Array(10).fill(401), 429, 429]);
    expect(all[0]?.[0]?.body).toMatchObject({ code: 'invalid_code' });
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  it('takes the newest code only', async () => {
    const { email } = await newAccount(service);
    const older = await loginCode(service, email);
    const newer = await loginCode(service, email);
    expect((await logInBy(email, older)).status).toBe(401);
    expect((await logInBy(email, newer)).status).toBe(200);
  });

  it.each([
    ['has expired', `UPDATE login_codes SET expires_at = now() WHERE user_id = $1`],
    [
      'was mailed to an address the account has left',
      `UPDATE users SET email = 'new-' || email WHERE id = $1`,
    ],
    ['is of a deactivated account', 'UPDATE users SET is_active = false WHERE id = $1'],
  ])('refuses a code that %s', async (_case, statement) => {
    const { id, email } = await newAccount(service);
    const code = await loginCode(service, email);
    await service.sql(statement, [id]);
    for (const address of [email, `new-${email}`]) {
      expect(await (await logInBy(address, code)).json()).toMatchObject({
        status: 401,
        code: 'invalid_code',
      });
    }
    expect(await service.sql('SELECT FROM sessions WHERE user_id = $1', [id])).toEqual([]);
  });

  it('refuses a code of another account', async () => {
    const [one, another] = [await newAccount(service), await newAccount(service)];
    const code = await loginCode(service, one.email);
    await loginCode(service, another.email);
    expect((await logInBy(another.email, code)).status).toBe(401);
  });

  it.each(['', '1234', 'abcdefgh', '１２３４５６７８'])('refuses %j', async (code) => {
    expect((await logInBy((await newAccount(service)).email, code)).status).toBe(401);
  });

  it('is 503 without a database, and sets no cookie', async () => {
    const response = await service.withoutDatabase(() => logInBy(newIdentity().email, '12345678'));
    expect(response.status).toBe(503);
    expect(response.headers.get('Set-Cookie')).toBeNull();
  });
});
