import { describe, expect, it } from 'vitest';
import { newApiKey } from '../../src/auth/api-key.ts';
import { type Account, logIn, mailedToken, newAccount, PASSWORD } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { loginCode, resetToken } from '../support/credentials.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
const NEW = 'a new and better password';

/** A credential that somebody made for an account, and whether it still opens anything. Add a row for a new kind. */
type Kind = {
  /** Answers how to use it: with a status under 300 it opens the account. */
  make: (account: Account) => Promise<() => Promise<Response>>;
  /** Whether it needs, or can have, a proven mailbox. */
  of?: 'verified' | 'unverified';
};
const KINDS: Record<string, Kind> = {
  'the old password': {
    make: async ({ email, password }) => {
      return () => service.post('/login', { email, password });
    },
  },
  'an access token': {
    make: async (account) => {
      const { token } = await logIn(service, account);
      return () => service.fetch('/me', { token });
    },
  },
  'a refresh token': {
    make: async (account) => {
      const { cookie } = await logIn(service, account);
      return () => service.post('/refresh-token', undefined, { cookie });
    },
  },
  'a refresh token that was rotated': {
    make: async (account) => {
      const { cookie } = await logIn(service, account);
      const rotated = await service.post('/refresh-token', undefined, { cookie });
      const successor = rotated.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      return () => service.post('/refresh-token', undefined, { cookie: successor });
    },
  },
  'an API key': {
    of: 'unverified',
    make: async ({ id }) => {
      const { key, hash, shownPrefix } = await newApiKey();
      await service.sql(
        `INSERT INTO api_keys (user_id, name, key_prefix, key_hash, scopes) VALUES ($1, 'x', $2, $3, '{profile:read}')`,
        [id, shownPrefix, hash],
      );
      return () => service.fetch('/me', withKey(key));
    },
  },
  'a login code': {
    make: async ({ email }) => {
      const code = await loginCode(service, email);
      return () => service.post('/login/code', { email, code });
    },
  },
  'a link to set a password': {
    make: async ({ email }) => {
      const token = await resetToken(service, email);
      return () => service.post('/new-password', { token, password: 'the password of a thief' });
    },
  },
  'a verification link': {
    of: 'unverified',
    make: async ({ id }) => {
      const rows = () =>
        service.sql(`SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'verify_email'`, [id]);
      return async () => new Response(null, { status: (await rows()).length > 0 ? 200 : 404 });
    },
  },
  'a pending change of address': {
    make: async ({ id }) => {
      await service.sql(
        `INSERT INTO one_time_tokens (user_id, purpose, email, expires_at)
         VALUES ($1, 'change_email', 'new@acme.test', now() + interval '1 day')`,
        [id],
      );
      const rows = () =>
        service.sql(`SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'change_email'`, [id]);
      return async () => new Response(null, { status: (await rows()).length > 0 ? 200 : 404 });
    },
  },
  'an identity elsewhere': {
    of: 'unverified',
    make: async ({ id }) => {
      const subject = crypto.randomUUID();
      await service.sql(`INSERT INTO identities (user_id, provider, subject) VALUES ($1, 'google', $2)`, [
        id,
        subject,
      ]);
      const rows = () => service.sql('SELECT FROM identities WHERE subject = $1', [subject]);
      return async () => new Response(null, { status: (await rows()).length > 0 ? 200 : 404 });
    },
  },
};

/** What ends them. Its answer is prepared before the credentials are made, as the owner would not wait for a thief. */
type Event = {
  verified: boolean;
  /** The kinds that the event itself replaces: there is one of them an account. */
  except?: string[];
  happen: (account: Account) => Promise<Response>;
};
const EVENTS: Record<string, Event> = {
  'the password is changed': {
    verified: true,
    happen: async (account) => {
      const { token } = await logIn(service, account);
      return service.post(
        '/change-password',
        { old_password: account.password, new_password: NEW },
        { token },
      );
    },
  },
  'the password is reset': {
    verified: true,
    except: ['a link to set a password'],
    happen: async ({ email }) =>
      service.post('/new-password', { token: await resetToken(service, email), password: NEW }),
  },
  'the mailbox of an unverified account is proven by a reset': {
    verified: false,
    except: ['a link to set a password'],
    happen: async ({ email }) =>
      service.post('/new-password', { token: await resetToken(service, email), password: NEW }),
  },
  'the mailbox of an unverified account is proven by a login code': {
    verified: false,
    except: ['a login code'],
    happen: async ({ email }) =>
      service.post('/login/code', { email, code: await loginCode(service, email) }),
  },
};

const cases = Object.entries(EVENTS).flatMap(([event, { verified, except = [] }]) =>
  Object.entries(KINDS)
    .filter(([kind, { of }]) => !except.includes(kind) && of !== (verified ? 'unverified' : 'verified'))
    .map(([kind]) => ({ event, kind })),
);

/** The event with what it needs at hand. */
async function prepare(event: string, { email }: Account) {
  if (event.endsWith(' reset')) {
    const token = await resetToken(service, email);
    return { prepared: 'link', happen: () => service.post('/new-password', { token, password: NEW }) };
  }
  const code = await loginCode(service, email);
  return { prepared: 'code', happen: () => service.post('/login/code', { email, code }) };
}
const passwordOf = async (id: string) =>
  (await service.sql('SELECT password_hash FROM users WHERE id = $1', [id]))[0]?.password_hash;

describe('no other credential stays alive', () => {
  it.each(cases)('$kind dies when $event', async ({ event, kind }) => {
    const { verified, happen } = EVENTS[event] as Event;
    const account = await newAccount(service, { verified });
    const use = await (KINDS[kind] as Kind).make(account);
    const happened = await happen(account);
    expect(happened.status).toBe(200);
    const response = await use();
    expect(response.status).toBeGreaterThanOrEqual(400);
  });

  it.each(Object.entries(KINDS))('%s lives while nothing happens', async (_kind, { make, of }) => {
    const use = await make(await newAccount(service, { verified: of !== 'unverified' }));
    expect((await use()).status).toBe(200);
  });

  it.each([
    ['a reset', true, 'the password is reset'],
    ['a login code', false, 'the mailbox of an unverified account is proven by a login code'],
    ['a change', true, 'the password is changed'],
  ])('%s ends a session too that a login is just about to begin', async (name, verified, event) => {
    const account = await newAccount(service, { verified });
    const { token } = await logIn(service, account);
    const change = { old_password: account.password, new_password: NEW };
    const happen =
      name === 'a change'
        ? () => service.post('/change-password', change, { token })
        : (await prepare(event, account)).happen;
    // What a login does, not committed yet: it holds the account and has begun its session.
    const session = crypto.randomUUID();
    const committed = service.transaction(
      ['SELECT FROM users WHERE id = $1 FOR SHARE', [account.id]],
      [
        `INSERT INTO sessions (id, user_id, expires_at) VALUES ($1, $2, now() + interval '1 day')`,
        [session, account.id],
      ],
      ['SELECT pg_sleep(0.8)', []],
    );
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await happen()).status).toBe(200);
    await committed;
    const alive = 'SELECT FROM sessions WHERE id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [session])).toEqual([]);
  });

  it.each<[string, string, string]>([
    [
      'a rotation',
      'SELECT FROM sessions WHERE user_id = $1 FOR UPDATE',
      `INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
       SELECT user_id, id, gen_random_uuid(), gen_random_uuid()::text, expires_at FROM sessions WHERE user_id = $1`,
    ],
    [
      'a verification',
      `SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'verify_email' FOR UPDATE`,
      'UPDATE users SET is_verified = true WHERE id = $1',
    ],
    [
      'a login',
      'UPDATE login_throttles SET locks = locks WHERE $1::uuid IS NOT NULL',
      'SELECT FROM users WHERE id = $1 FOR SHARE',
    ],
  ])('a reset and %s take their locks in one order', async (_name, first, then) => {
    const account = await newAccount(service, { verified: false });
    await logIn(service, account);
    const token = await resetToken(service, account.email);
    const other = service.transaction(
      [first, [account.id]],
      ['SELECT pg_sleep(0.8)', []],
      [then, [account.id]],
    );
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await service.post('/new-password', { token, password: NEW })).status).toBe(200);
    await other;
    const alive = 'SELECT FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [account.id])).toEqual([]);
  });

  it.each([
    ['a reset', 'the mailbox of an unverified account is proven by a reset'],
    ['a login code', 'the mailbox of an unverified account is proven by a login code'],
  ])('%s, and everything at once that it ends, wait for each other and none fails', async (_name, event) => {
    for (let round = 0; round < rounds(3); round++) {
      const account = await newAccount(service, { verified: false });
      const { email } = account;
      const link = await mailedToken(service, email);
      const { cookie } = await logIn(service, account);
      const { happen, prepared } = await prepare(event, account);
      const five = (act: () => Promise<Response>) => Array.from({ length: 5 }, act);
      const responses = await Promise.all([
        ...five(() => service.post('/login', { email, password: account.password })),
        ...five(() => service.post('/refresh-token', undefined, { cookie })),
        ...five(() => service.fetch(`/verify?token=${link}`)),
        happen(),
        ...five(() =>
          service.post(prepared === 'code' ? '/forget-password' : '/request/login-code', { email }),
        ),
      ]);
      expect(responses.filter(({ status }) => status >= 500)).toEqual([]);
      expect(responses[15]?.status).toBe(200);
      const alive = 'SELECT FROM sessions WHERE user_id = $1 AND revoked_at IS NULL';
      const verifiedFirst = prepared === 'code' && (await passwordOf(account.id)) !== null;
      // A click on the verification link that came before the code has proven the mailbox for who registered.
      if (!verifiedFirst) {
        expect(await service.sql(alive, [account.id])).toHaveLength(prepared === 'code' ? 1 : 0);
      }
    }
  });

  it('the refresh tokens of ended sessions say so themselves', async () => {
    const account = await newAccount(service);
    await logIn(service, account);
    const token = await resetToken(service, account.email);
    await service.post('/new-password', { token, password: NEW });
    const alive = 'SELECT FROM refresh_tokens WHERE user_id = $1 AND revoked_at IS NULL';
    expect(await service.sql(alive, [account.id])).toEqual([]);
  });

  it('API keys have nothing to do with a password that is changed or set anew by who is known', async () => {
    const account = await newAccount(service);
    const { token } = await logIn(service, account);
    const { key } = await newKey(service, { token });
    await service.post('/change-password', { old_password: PASSWORD, new_password: NEW }, { token });
    expect((await service.fetch('/me', withKey(key))).status).toBe(200);
    const reset = await resetToken(service, account.email);
    await service.post('/new-password', { token: reset, password: `${NEW} again` });
    expect((await service.fetch('/me', withKey(key))).status).toBe(200);
  });

  it('the way back for the former owner of a mailbox is spared', async () => {
    const account = await newAccount(service);
    const { token } = await logIn(service, account);
    await service.sql(
      `INSERT INTO one_time_tokens (user_id, purpose, email, expires_at)
       VALUES ($1, 'undo_email_change', 'old@acme.test', now() + interval '1 day')`,
      [account.id],
    );
    await service.post('/change-password', { old_password: PASSWORD, new_password: NEW }, { token });
    const reset = await resetToken(service, account.email);
    await service.post('/new-password', { token: reset, password: `${NEW} again` });
    const undo = `SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'undo_email_change'`;
    expect(await service.sql(undo, [account.id])).toHaveLength(1);
  });

  it('guesses at a code and requests for links of one account never wait for each other in a circle', async () => {
    for (let round = 0; round < rounds(6); round++) {
      const account = await newAccount(service, { verified: false });
      const { token } = await logIn(service, account);
      const { email } = account;
      await Promise.all(
        ['/forget-password', '/request/login-code'].map((path) => service.post(path, { email })),
      );
      const responses = await Promise.all(
        Array.from({ length: 6 }, () => [
          ...Array.from({ length: 4 }, () => service.post('/login/code', { email, code: '00000000' })),
          service.post('/forget-password', { email }),
          service.post('/request/verify', undefined, { token }),
        ]).flat(),
      );
      expect(responses.filter(({ status }) => status >= 500)).toEqual([]);
    }
  });

  it('what a registrant says of themselves at the last moment goes with the account that is taken over', async () => {
    for (let round = 0; round < rounds(6); round++) {
      const account = await newAccount(service, { verified: false });
      const { token } = await logIn(service, account);
      const reset = await resetToken(service, account.email);
      const patch = () =>
        service.fetch('/profile', { method: 'PATCH', token, json: { first_name: 'Mallory' } });
      const [taken] = await Promise.all([
        service.post('/new-password', { token: reset, password: NEW }),
        ...Array.from({ length: 10 }, patch),
      ]);
      expect(taken.status).toBe(200);
      expect(await service.sql('SELECT FROM profiles WHERE user_id = $1', [account.id])).toHaveLength(0);
    }
  });
});
