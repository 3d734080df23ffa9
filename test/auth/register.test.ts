import { describe, expect, it } from 'vitest';
import { newAccount, newIdentity, PASSWORD } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const rowsOf = (email: string) => service.sql('SELECT * FROM users WHERE email = $1', [email]);
const mailsFor = (email: string) => service.sql('SELECT * FROM outbox WHERE recipient = $1', [email]);

describe('POST /register', () => {
  it('makes an unverified account and writes its mail', async () => {
    const identity = newIdentity();
    const response = await service.post('/register', identity);

    expect(response.status).toBe(201);
    const user = await response.json<Record<string, unknown>>();
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: identity.email,
      username: identity.username,
      provider: 'local',
      is_active: true,
      is_verified: false,
      is_admin: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const [row] = await rowsOf(identity.email);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await mailsFor(identity.email)).toMatchObject([{ kind: 'verify_email', status: 'pending' }]);
  });

  it('keeps an address in lower case and knows it in any', async () => {
    const identity = newIdentity();
    const response = await service.post('/register', { ...identity, email: identity.email.toUpperCase() });
    expect(await response.json()).toMatchObject({ email: identity.email });

    const again = await service.post('/register', { ...newIdentity(), email: identity.email });
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'email_taken', status: 409 });
  });

  it('refuses a username that differs from another in case alone', async () => {
    const account = await newAccount(service);
    const response = await service.post('/register', {
      ...newIdentity(),
      username: account.username.toUpperCase(),
    });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'username_taken' });
  });

  it('makes one account and one mail of 30 parallel registrations of one address', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const { email } = newIdentity();
      const responses = await Promise.all(
        Array.from({ length: 30 }, () => service.post('/register', { ...newIdentity(), email })),
      );
      const statuses = responses.map((response) => response.status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => status === 409)).toHaveLength(29);
      expect(await rowsOf(email)).toHaveLength(1);
      expect(await mailsFor(email)).toHaveLength(1);
      expect(
        await service.sql(
          'SELECT FROM one_time_tokens t JOIN users u ON u.id = t.user_id WHERE u.email = $1',
          [email],
        ),
      ).toHaveLength(1);
    }
  });

  it('makes one account of 30 parallel registrations of one username', async () => {
    const { username } = newIdentity();
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => service.post('/register', { ...newIdentity(), username })),
    );
    expect(responses.filter((response) => response.status === 201)).toHaveLength(1);
    expect(await service.sql('SELECT FROM users WHERE username = $1', [username])).toHaveLength(1);
  });

  it.each([
    ['an address that is none', { email: 'ada@' }, 'email'],
    ['an address with 65 characters before the @', { email: `${'a'.repeat(65)}@acme.test` }, 'email'],
    ['an address over 254 characters', { email: `${'a'.repeat(250)}@acme.test` }, 'email'],
    ['an address outside ASCII that folds to another', { email: 'ada\u212A@acme.test' }, 'email'],
    ['a username with a space', { username: 'ada lovelace' }, 'username'],
    ['a username of two letters', { username: 'ad' }, 'username'],
    ['a password of seven characters', { password: 'seven77' }, 'password'],
    ['a password of 129 characters', { password: 'x'.repeat(129) }, 'password'],
    ['a password that is a number', { password: 12_345_678 }, 'password'],
    ['a missing password', { password: undefined }, 'password'],
  ])('refuses %s, names the field and changes nothing', async (_case, change, field) => {
    const identity = { ...newIdentity(), ...change };
    const response = await service.post('/register', identity);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'validation_failed',
      errors: { [field]: expect.any(String) },
    });
    expect(
      await service.sql('SELECT FROM users WHERE username = $1', [String(identity.username)]),
    ).toHaveLength(0);
  });

  it.each(['email', 'username'] as const)('refuses a password that is the %s', async (field) => {
    const identity = newIdentity();
    const response = await service.post('/register', {
      ...identity,
      password: identity[field].toUpperCase(),
    });
    expect(response.status).toBe(422);
  });

  it('takes a password exactly as it is: spaces at the ends, any script, 128 characters', async () => {
    for (const password of [`  ${PASSWORD}  `, 'пароль-пароль', '🔑'.repeat(128)]) {
      const identity = { ...newIdentity(), password };
      expect((await service.post('/register', identity)).status).toBe(201);
      const logIn = (attempt: string) => service.post('/login', { email: identity.email, password: attempt });
      expect((await logIn(password)).status).toBe(200);
      expect((await logIn([...password].slice(0, -1).join(''))).status).toBe(401);
    }
  });

  it('ignores fields that are not the caller’s to set', async () => {
    const identity = newIdentity();
    await service.post('/register', {
      ...identity,
      is_admin: true,
      is_verified: true,
      id: crypto.randomUUID(),
    });
    expect(await rowsOf(identity.email)).toMatchObject([{ is_admin: false, is_verified: false }]);
  });

  it('answers 503 and makes no account when there is no way to send mail', async () => {
    const identity = newIdentity();
    const response = await service.fetch('/register', { method: 'POST', json: identity }, { SMTP_HOST: '' });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'mail_not_configured' });
    expect(await rowsOf(identity.email)).toHaveLength(0);
  });
});

describe('POST /register where the existence of accounts is hidden', () => {
  const hidden = { HIDE_ACCOUNT_EXISTENCE: 'true' };
  const register = (json: unknown) => service.fetch('/register', { method: 'POST', json }, hidden);
  const kindsFor = async (email: string) => (await mailsFor(email)).map((mail) => mail.kind);

  it('answers the same for a free and a taken address, and mails the owner of the taken one', async () => {
    const taken = await newAccount(service);
    const free = newIdentity();
    const answers = await Promise.all([register(free), register({ ...newIdentity(), email: taken.email })]);

    expect(answers.map((answer) => answer.status)).toEqual([202, 202]);
    const [first, second] = await Promise.all(answers.map((answer) => answer.text()));
    expect(first).toBe(second);
    expect(await kindsFor(free.email)).toEqual(['verify_email']);
    expect(await kindsFor(taken.email)).toEqual(['verify_email', 'account_exists']);
    expect(await rowsOf(taken.email)).toMatchObject([{ id: taken.id, username: taken.username }]);
  });

  it('tells the mailbox, not the answer, that a username is taken', async () => {
    const taken = await newAccount(service);
    const identity = { ...newIdentity(), username: taken.username };
    expect((await register(identity)).status).toBe(202);
    expect(await rowsOf(identity.email)).toHaveLength(0);
    expect(await kindsFor(identity.email)).toEqual(['username_unavailable']);
  });

  it('mails an address at most five times an hour, also under 30 parallel registrations', async () => {
    const taken = await newAccount(service);
    await Promise.all(Array.from({ length: 30 }, () => register({ ...newIdentity(), email: taken.email })));
    const kinds = await kindsFor(taken.email);
    expect(kinds.filter((kind) => kind === 'account_exists')).toHaveLength(5);
    await service.sql(
      `UPDATE mail_quotas SET sent_at = ARRAY(SELECT t - interval '61 minutes' FROM unnest(sent_at) t)`,
    );
    await register({ ...newIdentity(), email: taken.email });
    expect(await kindsFor(taken.email)).toHaveLength(kinds.length + 1);
  });
});
