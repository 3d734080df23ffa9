import { describe, expect, it } from 'vitest';
import { cookieOf, logIn, newAccount, newSession } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';

const service = useService();
type Listed = { data: { id: string; current: boolean; ip: string; user_agent: string }[]; total: number };
const list = async (token: string, query = '') =>
  (await service.fetch(`/sessions${query}`, { token })).json<Listed & Record<string, unknown>>();
const refresh = (cookie: string) => service.post('/refresh-token', undefined, { cookie });
const logOut = (cookie: string, query = '', headers = {}) =>
  service.post(`/logout${query}`, undefined, { cookie, headers });

async function threeSessions() {
  const account = await newAccount(service);
  return [
    await logIn(service, account),
    await logIn(service, account),
    await logIn(service, account),
  ] as const;
}
const alive = (sessions: readonly { cookie: string; token: string }[]) =>
  Promise.all(
    sessions.map(async ({ cookie, token }) => {
      const me = (await service.fetch('/me', { token })).status === 200;
      const refreshed = (await refresh(cookie)).status === 200;
      if (me !== refreshed) throw new Error('the two tokens of a session disagree');
      return me;
    }),
  );

describe('GET /sessions', () => {
  it('lists the own sessions with device and address, and marks the current one', async () => {
    const account = await newAccount(service);
    const headers = { 'User-Agent': 'Firefox', 'CF-Connecting-IP': '2001:db8::1' };
    await newSession(service);
    await logIn(service, account);
    const cf = { country: 'DE', city: 'Berlin' };
    const session = await logIn(service, account, { headers, cf });
    const { data, ...envelope } = await list(session.token);
    expect(envelope).toEqual({ total: 2, limit: 10, offset: 0, next_offset: null, prev_offset: null });
    expect(data.filter((one) => one.current)).toEqual([
      {
        id: expect.any(String),
        created_at: expect.stringMatching(/Z$/),
        last_used_at: expect.stringMatching(/Z$/),
        ip: '2001:db8::1',
        user_agent: 'Firefox',
        device: null,
        place: 'Berlin, DE',
        current: true,
      },
    ]);
  });

  it('keeps the first 512 characters of a user agent', async () => {
    const account = await newAccount(service);
    const { token } = await logIn(service, account, { headers: { 'User-Agent': 'y'.repeat(2_000) } });
    expect((await list(token)).data[0]?.user_agent).toBe('y'.repeat(512));
  });

  it('moves the place with the session, and names none that the edge does not know', async () => {
    const session = await newSession(service);
    expect((await list(session.token)).data).toMatchObject([{ device: null, place: null }]);
    const headers = {
      'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    };
    const refreshed = await service.post('/refresh-token', undefined, {
      cookie: session.cookie,
      headers,
      cf: { country: 'FR' },
    });
    const { token } = await refreshed.json<{ token: string }>();
    expect((await list(token)).data).toMatchObject([{ device: 'Firefox on Linux', place: 'FR' }]);
  });

  it('pages', async () => {
    const [session] = await threeSessions();
    const first = await list(session.token, '?limit=2');
    expect(first).toMatchObject({ total: 3, limit: 2, next_offset: 2, prev_offset: null });
    const second = await list(session.token, '?limit=2&offset=2');
    expect(second).toMatchObject({ total: 3, offset: 2, next_offset: null, prev_offset: 0 });
    expect(new Set([...first.data, ...second.data].map((one) => one.id)).size).toBe(3);
    expect(await list(session.token, '?offset=50')).toMatchObject({ data: [], total: 3 });
    for (const query of ['?limit=0', '?limit=101', '?limit=x', '?limit=1e1', '?limit=', '?offset=-1']) {
      expect((await service.fetch(`/sessions${query}`, { token: session.token })).status).toBe(422);
    }
  });
});

describe('DELETE /sessions/{id}', () => {
  it('signs that session out at once and no other', async () => {
    const [first, second, third] = await threeSessions();
    const id = (await list(second.token)).data.find((one) => one.current)?.id;
    const response = await service.fetch(`/sessions/${id}`, { method: 'DELETE', token: first.token });
    expect(response.status).toBe(204);
    expect(await alive([first, second, third])).toEqual([true, false, true]);
    expect(
      await service.sql('SELECT FROM refresh_tokens WHERE family_id = $1 AND revoked_at IS NULL', [id]),
    ).toHaveLength(0);
    expect((await service.fetch(`/sessions/${id}`, { method: 'DELETE', token: first.token })).status).toBe(
      404,
    );
  });

  it('knows neither another account’s session nor one that is no id', async () => {
    const own = await newSession(service);
    const other = await newSession(service);
    const id = (await list(other.token)).data[0]?.id;
    for (const one of [id, crypto.randomUUID(), 'x', '%00', `${id}'--`]) {
      const response = await service.fetch(`/sessions/${one}`, { method: 'DELETE', token: own.token });
      expect(response.status).toBe(404);
    }
    expect(await alive([other])).toEqual([true]);
  });

  it('leaves nothing alive when it races with the session’s own rotation', async () => {
    for (let round = 0; round < rounds(15); round++) {
      const account = await newAccount(service);
      const by = await logIn(service, account);
      const target = await logIn(service, account);
      const id = (await list(target.token)).data.find((one) => one.current)?.id;
      await Promise.all([
        ...Array.from({ length: 10 }, () => refresh(target.cookie)),
        service.fetch(`/sessions/${id}`, { method: 'DELETE', token: by.token }),
        ...Array.from({ length: 10 }, () => refresh(target.cookie)),
      ]);
      const left = await service.sql(
        'SELECT FROM refresh_tokens WHERE family_id = $1 AND revoked_at IS NULL',
        [id],
      );
      expect(left).toHaveLength(0);
    }
  });
});

describe('POST /logout', () => {
  it.each([
    ['', [false, true, true]],
    ['?scope=current', [false, true, true]],
    ['?scope=others', [true, false, false]],
    ['?scope=all', [false, false, false]],
  ])('%s ends exactly its sessions', async (query, expected) => {
    const sessions = await threeSessions();
    const response = await logOut(sessions[0].cookie, query);
    expect(response.status).toBe(204);
    expect(response.headers.get('Set-Cookie') ?? '').toMatch(
      query === '?scope=others' ? /^$/ : /^refresh_token=; Max-Age=0/,
    );
    expect(await alive(sessions)).toEqual(expected);
  });

  it('is no error without a cookie, with an unknown one, or twice', async () => {
    const { cookie } = await newSession(service);
    for (const one of ['', 'refresh_token=unknown', cookie, cookie])
      expect((await logOut(one)).status).toBe(204);
  });

  it.each(['others', 'all'])(
    'says so when scope=%s cannot be done for want of a live token',
    async (scope) => {
      const { cookie } = await newSession(service);
      await logOut(cookie);
      for (const [one, code] of [
        ['', 'refresh_token_missing'],
        ['refresh_token=unknown', 'refresh_token_invalid'],
        [cookie, 'refresh_token_invalid'],
      ] as const) {
        const response = await logOut(one, `?scope=${scope}`);
        expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([401, code]);
      }
    },
  );

  it('takes the immediate parent of a live token for it within the grace', async () => {
    const sessions = await threeSessions();
    const next = await refresh(sessions[0].cookie);
    expect((await logOut(sessions[0].cookie, '?scope=others')).status).toBe(204);
    expect((await refresh(cookieOf(next))).status).toBe(200);
    expect((await refresh(sessions[1].cookie)).status).toBe(401);
  });

  it('gives a spent token power over its own session alone', async () => {
    const sessions = await threeSessions();
    await refresh(sessions[0].cookie);
    await service.sql(`UPDATE refresh_tokens SET revoked_at = revoked_at - interval '11 s'`);
    expect((await logOut(sessions[0].cookie, '?scope=all')).status).toBe(401);
    expect(await alive(sessions.slice(1))).toEqual([true, true]);
    expect((await service.fetch('/me', { token: sessions[0].token })).status).toBe(401);
  });

  it('from every device at once ends every session, and no two wait for each other', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const account = await newAccount(service);
      const sessions = [];
      for (let device = 0; device < 6; device++) sessions.push(await logIn(service, account));
      const responses = await Promise.all(
        sessions.flatMap(({ cookie }) => [
          logOut(cookie, '?scope=all'),
          logOut(cookie, '?scope=others'),
          refresh(cookie),
        ]),
      );
      expect(responses.map((response) => response.status).filter((status) => status >= 500)).toEqual([]);
      const left = await service.sql(
        `SELECT FROM refresh_tokens t JOIN sessions s ON s.id = t.family_id
         WHERE t.user_id = $1 AND (t.revoked_at IS NULL OR s.revoked_at IS NULL)`,
        [account.id],
      );
      expect(left).toHaveLength(0);
    }
  });

  it('refuses an unknown scope', async () => {
    expect((await logOut('', '?scope=everything')).status).toBe(422);
  });

  it('answers 503 and keeps the cookie when the database is away', async () => {
    const { cookie } = await newSession(service);
    const response = await service.withoutDatabase(() => logOut(cookie));
    expect(response.status).toBe(503);
    expect(response.headers.get('Set-Cookie')).toBeNull();
  });
});

describe('routes that use the cookie', () => {
  it.each([
    ['an unknown origin', { Origin: 'https://evil.test' }, 403],
    ['an origin that only begins like ours', { Origin: 'http://tollgate.test.evil.test' }, 403],
    ['our address at another port', { Origin: 'http://tollgate.test:81' }, 403],
    ['the null origin', { Origin: 'null' }, 403],
    ['no origin from another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['no origin from our own site', { 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['our own origin', { Origin: 'http://tollgate.test' }, 200],
    ['the frontend’s origin', { Origin: 'https://app.acme.test' }, 200],
    ['an origin on the list', { Origin: 'https://admin.acme.test' }, 200],
    ['no origin at all', {}, 200],
  ])('answer %s', async (_case, headers, status) => {
    const { cookie } = await newSession(service);
    const overrides = {
      FRONTEND_URL: 'https://app.acme.test/account',
      CORS_ORIGINS: 'https://admin.acme.test',
    };
    const refreshed = await service.fetch('/refresh-token', { method: 'POST', cookie, headers }, overrides);
    expect(refreshed.status).toBe(status);
    if (status === 403) {
      expect(await refreshed.json()).toMatchObject({ code: 'origin_refused' });
      const out = await service.fetch('/logout', { method: 'POST', cookie, headers }, overrides);
      expect(out.status).toBe(403);
      expect((await refresh(cookie)).status).toBe(200);
    }
  });

  it('name it __Host- and mark it Secure over https', async () => {
    const account = await newAccount(service);
    const https = { APP_URL: 'https://tollgate.test', COOKIE_SAMESITE: 'None' };
    const json = { email: account.email, password: account.password };
    const login = await service.fetch('https://tollgate.test/login', { method: 'POST', json }, https);
    const cookie = login.headers.get('Set-Cookie') ?? '';
    expect(cookie).toMatch(
      /^__Host-refresh_token=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=None$/,
    );
    const value = cookie.split(';')[0]?.split('=')[1];
    const unprefixed = await service.fetch(
      '/refresh-token',
      { method: 'POST', cookie: `refresh_token=${value}` },
      https,
    );
    expect(unprefixed.status).toBe(401);
    const prefixed = await service.fetch(
      '/refresh-token',
      { method: 'POST', cookie: cookie.split(';')[0] ?? '' },
      https,
    );
    expect(prefixed.status).toBe(200);
  });
});
