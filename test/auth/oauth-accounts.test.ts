import { describe, expect, it } from 'vitest';
import { cookieOf, mailedToken, newAccount, newIdentity, newSession } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';
import { asGitHub, asGoogle, begin, callback, codeFor, odd, signIn } from '../support/social.ts';

const service = useService(odd());

type Session = { token: string; type: string; user: Record<string, unknown> & { id: string } };
const sessionOf = (response: Response) => response.json<Session>();
const accountsWith = (email: string) => service.sql('SELECT * FROM users WHERE email = $1', [email]);
const identitiesOf = (userId: string) =>
  service.sql('SELECT provider, subject, email FROM identities WHERE user_id = $1', [userId]);
const openSessionsOf = (userId: string) =>
  service.sql('SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [userId]);
const newEmail = () => `${crypto.randomUUID()}@acme.test`;

describe('a first sign-in by a provider', () => {
  it('makes a verified account without a password, and opens a session as a login does', async () => {
    const email = newEmail();
    const response = await signIn(
      service,
      'google',
      asGoogle({ sub: 'g-1', email: email.toUpperCase(), name: 'Ada' }),
    );
    expect(response.status).toBe(200);
    const session = await sessionOf(response);
    expect(session).toMatchObject({
      type: 'Bearer',
      expires_in: 900,
      user: { email, provider: 'google', is_active: true, is_verified: true, is_admin: false },
    });
    expect(cookieOf(response)).toMatch(/^refresh_token=[\w-]{43}$/);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
    expect(await accountsWith(email)).toMatchObject([{ id: session.user.id, password_hash: null }]);
    expect(await identitiesOf(session.user.id)).toEqual([{ provider: 'google', subject: 'g-1', email }]);
  });

  it('makes one account, one identity and a session each of 30 at once', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const script = asGoogle({ sub: `parallel-${round}` });
      const responses = await Promise.all(
        Array.from({ length: 30 }, () => signIn(service, 'google', script)),
      );
      expect(responses.map((response) => response.status)).toEqual(Array(30).fill(200));
      const ids = new Set(await Promise.all(responses.map(async (one) => (await sessionOf(one)).user.id)));
      expect(ids.size).toBe(1);
      const [id = ''] = ids;
      expect(
        await service.sql('SELECT FROM identities WHERE subject = $1', [`parallel-${round}`]),
      ).toHaveLength(1);
      expect(await openSessionsOf(id)).toHaveLength(30);
    }
  });

  it('makes one account of 30 at once of somebody without an address', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const login = `alone-${crypto.randomUUID().slice(0, 8)}`;
      const script = asGitHub({ login }, []);
      const responses = await Promise.all(
        Array.from({ length: 30 }, () => signIn(service, 'github', script)),
      );
      expect(responses.map((response) => response.status)).toEqual(Array(30).fill(200));
      expect(await service.sql('SELECT FROM users WHERE email LIKE $1', [`${login}%`])).toHaveLength(1);
    }
  });

  it('makes an account of each of 30 identities with one handle and no address', async () => {
    const responses = await Promise.all(
      Array.from({ length: 30 }, () => signIn(service, 'github', asGitHub({ login: 'Octo-Cat' }, []))),
    );
    const users = await Promise.all(responses.map(async (one) => (await sessionOf(one)).user));
    expect(new Set(users.map((user) => user.id)).size).toBe(30);
    expect(users.filter((user) => user.email === 'octo-cat@github.local')).toHaveLength(1);
    expect(users.every((user) => /^octo-cat(\+\d+)?@github\.local$/.test(String(user.email)))).toBe(true);
    expect(users.filter((user) => user.username === 'Octo-Cat')).toHaveLength(1);
    expect(await service.sql(`SELECT FROM users WHERE email LIKE 'octo-cat%@github.local'`)).toHaveLength(30);
  });

  it('meets a registration of the address in the same moment, and one account comes of it', async () => {
    for (let round = 0; round < rounds(10); round++) {
      const email = newEmail();
      const [social, ...registered] = await Promise.all([
        signIn(service, 'google', asGoogle({ email })),
        ...Array.from({ length: 5 }, () => service.post('/register', { ...newIdentity(), email })),
      ]);
      expect(social.status).toBe(200);
      expect(registered.filter((one) => one.status === 201).length).toBeLessThanOrEqual(1);
      expect(await accountsWith(email)).toMatchObject([{ is_verified: true, password_hash: null }]);
    }
  });

  it.each([
    ['the handle', { login: 'ada-l' }, 'ada-l'],
    ['a handle that is too short, by the name', { login: 'ab', name: 'Åda  Løve lace' }, 'Ada-L-ve-lace'],
    ['neither, by a word', { login: 'xy', name: '李' }, 'user'],
  ])('takes its username from %s', async (_case, user, username) => {
    const response = await signIn(service, 'github', asGitHub(user));
    expect((await sessionOf(response)).user.username).toBe(username);
  });

  it('takes another username where the first is taken, by a different case too', async () => {
    const taken = await newAccount(service);
    const response = await signIn(service, 'github', asGitHub({ login: taken.username.toUpperCase() }));
    const { user } = await sessionOf(response);
    expect(String(user.username).toLowerCase()).toMatch(new RegExp(`^${taken.username}-[0-9a-f]{4}$`));
  });
});

describe('a sign-in of an identity that is known', () => {
  it('finds its account by the id at the provider, whatever became of the addresses', async () => {
    const script = asGoogle({ sub: 'known' });
    const first = await sessionOf(await signIn(service, 'google', script));
    await service.sql('UPDATE users SET email = $1 WHERE id = $2', [newEmail(), first.user.id]);
    const elsewhere = await newAccount(service);

    const again = asGoogle({ sub: 'known', email: elsewhere.email, email_verified: false });
    const second = await sessionOf(await signIn(service, 'google', again));
    expect(second.user.id).toBe(first.user.id);
    expect(await identitiesOf(first.user.id)).toMatchObject([{ email: elsewhere.email }]);
    expect(await identitiesOf(elsewhere.id)).toEqual([]);
  });

  it('tells the same id at two providers apart', async () => {
    const google = await sessionOf(await signIn(service, 'google', asGoogle({ sub: '77' })));
    const github = await sessionOf(await signIn(service, 'github', asGitHub({ id: 77 })));
    expect(github.user.id).not.toBe(google.user.id);
  });

  it('is refused where the account is deactivated, and opens nothing', async () => {
    const script = asGoogle();
    const { user } = await sessionOf(await signIn(service, 'google', script));
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
    const before = await openSessionsOf(user.id);
    const response = await signIn(service, 'google', script);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'account_disabled' });
    expect(cookieOf(response)).toBe('');
    expect(await openSessionsOf(user.id)).toEqual(before);
  });
});

describe('a first sign-in with the address of an account', () => {
  it('is linked to it where both sides have verified the address, and changes nothing else', async () => {
    const account = await newSession(service);
    const { user } = await sessionOf(await signIn(service, 'google', asGoogle({ email: account.email })));
    expect(user).toMatchObject({ id: account.id, provider: 'local', username: account.username });
    expect(await identitiesOf(account.id)).toHaveLength(1);
    expect((await service.fetch('/me', { token: account.token })).status).toBe(200);
    const login = { email: account.email, password: account.password };
    expect((await service.post('/login', login)).status).toBe(200);

    const second = await sessionOf(
      await signIn(
        service,
        'github',
        asGitHub({}, [{ email: account.email, primary: true, verified: true }]),
      ),
    );
    expect(second.user.id).toBe(account.id);
    expect(await identitiesOf(account.id)).toHaveLength(2);
  });

  it.each([
    ['false', false],
    ['a word', 'true'],
    ['a number', 1],
    ['missing', undefined],
  ])('is refused where the provider says of its verification: %s', async (_case, email_verified) => {
    for (const verified of [true, false]) {
      const account = await newAccount(service, { verified });
      const response = await signIn(service, 'google', asGoogle({ email: account.email, email_verified }));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'oauth_email_unverified' });
      expect(await identitiesOf(account.id)).toEqual([]);
      expect(await openSessionsOf(account.id)).toEqual([]);
    }
  });

  it('is refused where that account is deactivated, and not linked', async () => {
    const account = await newAccount(service);
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [account.id]);
    const response = await signIn(service, 'google', asGoogle({ email: account.email }));
    expect(response.status).toBe(403);
    expect(await identitiesOf(account.id)).toEqual([]);
  });

  it('takes over an account that never proved it: nothing the registrant set or holds is left', async () => {
    const registrant = await newSession(service, { verified: false });
    const link = await mailedToken(service, registrant.email);
    await service.sql(
      `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'x', now() + interval '10 min')`,
      [registrant.id],
    );
    await service.sql(`INSERT INTO profiles (user_id, first_name) VALUES ($1, 'Mallory')`, [registrant.id]);

    const response = await signIn(service, 'google', asGoogle({ email: registrant.email }));
    const session = await sessionOf(response);
    expect(session.user).toMatchObject({ id: registrant.id, is_verified: true, provider: 'google' });
    expect(await accountsWith(registrant.email)).toMatchObject([
      { password_hash: null, is_verified: true, provider: 'google' },
    ]);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);

    expect((await service.fetch('/me', { token: registrant.token })).status).toBe(401);
    expect((await service.post('/refresh-token', undefined, { cookie: registrant.cookie })).status).toBe(401);
    const login = { email: registrant.email, password: registrant.password };
    expect((await service.post('/login', login)).status).toBe(401);
    expect((await service.fetch(`/verify?token=${link}`)).status).toBe(400);
    for (const table of ['one_time_tokens', 'login_codes', 'profiles']) {
      expect(await service.sql(`SELECT FROM ${table} WHERE user_id = $1`, [registrant.id])).toEqual([]);
    }
    expect(
      await service.sql('SELECT FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL', [
        registrant.id,
      ]),
    ).toHaveLength(1);
  });

  it('leaves the registrant no session where logins and refreshes race with it', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const registrant = await newSession(service, { verified: false });
      const { email, password } = registrant;
      const [social] = await Promise.all([
        signIn(service, 'google', asGoogle({ email })),
        ...Array.from({ length: 5 }, () => service.post('/login', { email, password })),
        ...Array.from({ length: 5 }, () =>
          service.post('/refresh-token', undefined, { cookie: registrant.cookie }),
        ),
      ]);
      expect(social.status).toBe(200);
      expect(await openSessionsOf(registrant.id)).toHaveLength(1);
      expect(
        await service.sql('SELECT FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL', [
          registrant.id,
        ]),
      ).toHaveLength(1);
    }
  });

  /** Things another request is in the middle of while the owner signs in. PGlite runs one after the other. */
  const SLEEP = 'SELECT pg_sleep(0.5)';
  const LATER_MS = 200;

  async function signInDuring(email: string, ...inFlight: [string, unknown[]][]): Promise<Response> {
    const other = service.transaction(...inFlight);
    await scheduler.wait(LATER_MS);
    const [response] = await Promise.all([signIn(service, 'google', asGoogle({ email })), other]);
    return response;
  }

  it('waits for a login of the registrant that has passed its check, and ends its session', async () => {
    const { id, email } = await newAccount(service, { verified: false });
    const response = await signInDuring(
      email,
      ['SELECT FROM users WHERE id = $1 FOR SHARE', [id]],
      [`INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + interval '1 day')`, [id]],
      [SLEEP, []],
    );
    expect(response.status).toBe(200);
    expect(await openSessionsOf(id)).toHaveLength(1);
  });

  it('waits for a refresh of the registrant, and revokes its token', async () => {
    const { id, email } = await newSession(service, { verified: false });
    const response = await signInDuring(
      email,
      ['SELECT FROM sessions WHERE user_id = $1 FOR UPDATE', [id]],
      [
        `INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
         SELECT user_id, id, gen_random_uuid(), id::text, expires_at FROM sessions WHERE user_id = $1`,
        [id],
      ],
      [SLEEP, []],
    );
    expect(response.status).toBe(200);
    const live = 'SELECT FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(live, [id])).toHaveLength(1);
  });

  it.each(['one_time_tokens', 'login_codes'])('waits for what locks %s before the account', async (table) => {
    const { id, email } = await newAccount(service, { verified: false });
    await service.sql(
      `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'x', now() + interval '10 min')`,
      [id],
    );
    const response = await signInDuring(
      email,
      [`SELECT FROM ${table} WHERE user_id = $1 FOR UPDATE`, [id]],
      [SLEEP, []],
      ['SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [id]],
    );
    expect(response.status).toBe(200);
  });

  it('and a click on the registrant’s link in the same moment do not lock each other out', async () => {
    for (let round = 0; round < rounds(10); round++) {
      const registrant = await newAccount(service, { verified: false });
      const link = await mailedToken(service, registrant.email);
      const [social, click] = await Promise.all([
        signIn(service, 'google', asGoogle({ email: registrant.email })),
        service.fetch(`/verify?token=${link}`),
      ]);
      expect(social.status).toBe(200);
      expect([200, 400]).toContain(click.status);
    }
  });
});

describe('the address of a GitHub account', () => {
  const email = newEmail;

  it('is the verified primary one, else another verified one', async () => {
    const [primary, second, unverified] = [email(), email(), email()];
    const asked = async (emails: unknown) =>
      (await sessionOf(await signIn(service, 'github', asGitHub({}, emails)))).user.email;
    expect(
      await asked([
        { email: second, primary: false, verified: true, visibility: null },
        { email: primary, primary: true, verified: true, visibility: 'public' },
      ]),
    ).toBe(primary);
    expect(
      await asked([
        { email: unverified, primary: true, verified: false },
        { email: second, primary: false, verified: true },
      ]),
    ).toBe(second);
  });

  it('is not the public one of the profile, which says nothing of being verified', async () => {
    const account = await newAccount(service);
    const { user } = await sessionOf(await signIn(service, 'github', asGitHub({ email: account.email }, [])));
    expect(user.id).not.toBe(account.id);
    expect(user.email).toMatch(/@github\.local$/);
  });

  it('that nobody verified is refused', async () => {
    const account = await newAccount(service);
    const emails = [{ email: account.email, primary: true, verified: false }];
    const response = await signIn(service, 'github', asGitHub({}, emails));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'oauth_email_unverified' });
    expect(await identitiesOf(account.id)).toEqual([]);
  });

  it.each([
    ['shows none', { json: [] }],
    ['shows a no-reply address', { json: [noReply('1+x@users.noreply.github.com')] }],
    ['claims one of ours', { json: [noReply('somebody@github.local')] }],
    ['does not let us ask', { status: 403, json: { message: 'Resource not accessible by integration' } }],
  ])('is <login>@github.local where it %s', async (_case, emails) => {
    const login = `hid-${crypto.randomUUID().slice(0, 8)}`;
    const response = await signIn(service, 'github', { ...asGitHub({ login }), emails });
    const { user } = await sessionOf(response);
    expect(user).toMatchObject({ email: `${login}@github.local`, provider: 'github', is_verified: true });
  });

  it('at github.local is nobody’s to register into: the account keeps apart', async () => {
    const login = `squat-${crypto.randomUUID().slice(0, 8)}`;
    const squatter = { ...newIdentity(), email: `${login}@github.local` };
    expect((await service.post('/register', squatter)).status).toBe(422);
    // Somebody who had the handle before.
    await service.sql('INSERT INTO users (email, username) VALUES ($1, $2)', [
      squatter.email,
      squatter.username,
    ]);
    const { user } = await sessionOf(await signIn(service, 'github', asGitHub({ login, id: 424242 }, [])));
    expect(user.email).toBe(`${login}+424242@github.local`);
    expect(await accountsWith(squatter.email)).toMatchObject([{ is_verified: false }]);
  });

  it('at github.local is never mailed', async () => {
    const login = `quiet-${crypto.randomUUID().slice(0, 8)}`;
    const { token, user } = await sessionOf(await signIn(service, 'github', asGitHub({ login }, [])));
    await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [user.id]);
    expect((await service.post('/request/verify', undefined, { token })).status).toBe(202);
    await service.post('/register', { ...newIdentity(), email: `other-${login}@github.local` });
    expect(await service.sql(`SELECT recipient FROM outbox WHERE recipient LIKE '%@github.local'`)).toEqual(
      [],
    );
  });
});

function noReply(address: string) {
  return { email: address, primary: true, verified: true };
}

describe('an outage of the database', () => {
  it('is a 503 and clears no cookie', async () => {
    const begun = await begin(service, 'google');
    const code = codeFor(begun, asGoogle());
    const response = await service.withoutDatabase(() =>
      callback(service, 'google', { code, state: begun.state }, { cookie: begun.cookie }),
    );
    expect(response.status).toBe(503);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});
