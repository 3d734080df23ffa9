import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/encoding.ts';
import { cookieOf } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';
import { asGoogle, type Begun, begin, callback, codeFor, odd, signIn } from '../support/social.ts';

const FRONTEND = 'https://app.acme.test';
const PARTNER = 'https://partner.test:8443';
const service = useService({ ...odd(), FRONTEND_URL: `${FRONTEND}/app`, CORS_ORIGINS: PARTNER });

const kv = (env as unknown as { KV: KVNamespace }).KV;
const pendingStates = async () => (await kv.list({ prefix: 'oauth:' })).keys.map((key) => key.name);
const codeOf = async (response: Response) => (await response.json<{ code: string }>()).code;

/** The browser comes back as it should, but for what is changed. */
function comeBack(begun: Begun, change: { query?: Record<string, string>; cookie?: string } = {}) {
  const query = { code: codeFor(begun, asGoogle()), state: begun.state, ...change.query };
  return callback(service, 'google', query, { cookie: change.cookie ?? begun.cookie });
}

describe.each(['google', 'github'] as const)('GET /%s/login', (provider) => {
  it('sends the browser to the provider with state and PKCE, and a cookie that scripts cannot read', async () => {
    const response = await service.fetch(`/${provider}/login`);
    expect(response.status).toBe(302);
    const { searchParams } = new URL(response.headers.get('Location') ?? '');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'test-client',
      redirect_uri: `http://tollgate.test/auth/social/callback/${provider}`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^oauth_browser=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    expect(cookie).not.toContain(searchParams.get('state'));
    expect(response.headers.get('Cache-Control')).toBe('no-store');
  });

  it('keeps neither the state nor the cookie as they are', async () => {
    const begun = await begin(service, provider);
    const stored = (await kv.get(`oauth:${await sha256Hex(begun.state)}`)) ?? '';
    expect(JSON.parse(stored)).toMatchObject({ provider, purpose: 'login' });
    expect(stored).not.toContain(begun.state);
    expect(stored).not.toContain(begun.cookie.split('=')[1]);
  });

  it('keeps a state for ten minutes', async () => {
    const { state } = await begin(service, provider);
    const { keys } = await kv.list({ prefix: `oauth:${await sha256Hex(state)}` });
    const seconds = (keys[0]?.expiration ?? 0) - Date.now() / 1_000;
    expect(seconds).toBeGreaterThan(590);
    expect(seconds).toBeLessThanOrEqual(601);
  });

  it('begins nothing on HEAD', async () => {
    const before = await pendingStates();
    const response = await service.fetch(`/${provider}/login`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await pendingStates()).toEqual(before);
  });

  it('binds by a __Host- cookie over https', async () => {
    const response = await service.fetch(`/${provider}/login`, {}, { APP_URL: 'https://auth.acme.test' });
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-oauth_browser=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it.each(['CLIENT_ID', 'CLIENT_SECRET'])('answers 503 without %s, as its callback does', async (name) => {
    const without = { [`${provider.toUpperCase()}_${name}`]: '' };
    for (const path of [`/${provider}/login`, `/auth/social/callback/${provider}?code=x&state=y`]) {
      const response = await service.fetch(path, {}, without);
      expect(response.status).toBe(503);
      expect(await codeOf(response)).toBe('oauth_not_configured');
    }
  });

  it('answers 503 while KV is away', async () => {
    const away = () => Promise.reject(new Error('KV is away'));
    const response = await service.fetch(`/${provider}/login`, {}, { KV: { get: away, put: away } });
    expect(response.status).toBe(503);
    expect(await codeOf(response)).toBe('oauth_unavailable');
  });
});

describe('a person who is sent to a sign-in that fails', () => {
  const headers = { Accept: 'text/html,application/xhtml+xml' };
  const signInPage = (code: string) => `${FRONTEND}/app/sign-in?error=${code}`;

  it('is led to the sign-in page, which is told why', async () => {
    const { state, cookie } = await begin(service, 'google', { redirectTo: `${PARTNER}/in` });
    const denied = await callback(service, 'google', { error: 'access_denied', state }, { cookie, headers });
    expect([denied.status, denied.headers.get('Location')]).toEqual([302, signInPage('oauth_denied')]);
    const again = await callback(service, 'google', { code: 'x', state }, { cookie, headers });
    expect([again.status, again.headers.get('Location')]).toEqual([302, signInPage('oauth_state_invalid')]);
    const off = await service.fetch('/github/login', { headers }, { GITHUB_CLIENT_ID: '' });
    expect([off.status, off.headers.get('Location')]).toEqual([302, signInPage('oauth_not_configured')]);
  });
});

describe('GET /auth/options', () => {
  it('names the providers that are configured, without asking the database', async () => {
    const overrides = { GITHUB_CLIENT_SECRET: '', PASSWORD_MIN_LENGTH: '12' };
    const trips = await service.roundTrips(async () => {
      expect(await (await service.fetch('/auth/options')).json()).toEqual({
        providers: ['google', 'github'],
        password_min_length: 8,
      });
      const response = await service.fetch('/auth/options', {}, overrides);
      expect(await response.json()).toEqual({ providers: ['google'], password_min_length: 12 });
    });
    expect(trips).toBe(0);
  });
});

describe('redirect_to', () => {
  it.each([`${FRONTEND}/welcome?tab=1#top`, `${FRONTEND}`, `${PARTNER}/in`, `${FRONTEND.toUpperCase()}/x`])(
    'sends the signed-in browser to %s, with the cookie and without a token',
    async (redirectTo) => {
      const response = await signIn(service, 'google', asGoogle(), { redirectTo });
      expect(response.status).toBe(302);
      expect(response.headers.get('Location')).toBe(new URL(redirectTo).href);
      const cookie = cookieOf(response);
      expect(cookie).toMatch(/^refresh_token=/);
      expect(await response.text()).toBe('');
      expect((await service.post('/refresh-token', undefined, { cookie })).status).toBe(200);
    },
  );

  it.each([
    ['another site', 'https://evil.test/'],
    ['a site whose name begins like ours', `${FRONTEND}.evil.test/`],
    ['ours as the user of another', 'https://app.acme.test@evil.test/'],
    ['a user at ours', 'https://user@app.acme.test/'],
    ['another port', `${FRONTEND}:444/`],
    ['plain http', 'http://app.acme.test/'],
    ['the service itself', 'http://tollgate.test/'],
    ['a subdomain', 'https://x.app.acme.test/'],
    ['no scheme', '//evil.test/'],
    ['a path', '/welcome'],
    ['a backslash', 'https:\\\\evil.test\\'],
    ['a backslash after ours', `${FRONTEND}\\@evil.test`],
    ['a script', 'javascript:alert(1)//https://app.acme.test'],
    ['a line break', `${FRONTEND}/\r\nSet-Cookie: a=b`],
    ['a tab in the host', 'https://app.acme\t.test/'],
    ['a space before', ` ${FRONTEND}/`],
    ['one slash', 'https:/app.acme.test'],
    ['three slashes', 'https:///evil.test'],
    ['nothing', ''],
    ['too much', `${FRONTEND}/${'x'.repeat(2_048)}`],
  ])('is refused for %s, and nothing is begun', async (_case, redirectTo) => {
    const before = await pendingStates();
    const response = await service.fetch(`/google/login?redirect_to=${encodeURIComponent(redirectTo)}`);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'validation_failed',
      errors: { redirect_to: expect.any(String) },
    });
    expect(await pendingStates()).toEqual(before);
  });
});

describe('a callback', () => {
  it('takes the cookie away and forgets the state', async () => {
    const begun = await begin(service, 'google');
    const response = await comeBack(begun);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie().find((one) => one.startsWith('oauth_browser='))).toMatch(
      /Max-Age=0/,
    );
    expect(await kv.get(`oauth:${await sha256Hex(begun.state)}`)).toBeNull();
  });

  it.each<[string, (begun: Begun) => Promise<Response> | Response]>([
    ['with a state nobody gave out', (begun) => comeBack(begun, { query: { state: 'x'.repeat(43) } })],
    ['without a state', (begun) => callback(service, 'google', { code: 'x' }, { cookie: begun.cookie })],
    [
      'without a code',
      (begun) => callback(service, 'google', { state: begun.state }, { cookie: begun.cookie }),
    ],
    ['from a browser without the cookie', (begun) => comeBack(begun, { cookie: 'other=1' })],
    [
      'from another browser',
      async (begun) => comeBack(begun, { cookie: (await begin(service, 'google')).cookie }),
    ],
    [
      'at another provider',
      (begun) =>
        callback(
          service,
          'github',
          { code: codeFor(begun, asGoogle()), state: begun.state },
          { cookie: begun.cookie },
        ),
    ],
    ['of another purpose', async (begun) => (await rewrite(begun, { purpose: 'link' })) ?? comeBack(begun)],
    [
      'that is too late',
      async (begun) => (await rewrite(begun, { expiresAt: Date.now() - 1 })) ?? comeBack(begun),
    ],
  ])('%s is refused and opens nothing', async (_case, act) => {
    const begun = await begin(service, 'google');
    const before = await service.sql('SELECT count(*) FROM sessions');
    const response = await act(begun);
    expect(response.status).toBe(400);
    expect(await codeOf(response)).toBe('oauth_state_invalid');
    expect(cookieOf(response)).toBe('');
    expect(await service.sql('SELECT count(*) FROM sessions')).toEqual(before);
  });

  it('from another browser leaves the sign-in to its own', async () => {
    const begun = await begin(service, 'google');
    expect((await comeBack(begun, { cookie: 'oauth_browser=x' })).status).toBe(400);
    expect((await comeBack(begun)).status).toBe(200);
  });

  it('is good once, at a provider that takes the code any number of times', async () => {
    const begun = await begin(service, 'google');
    expect((await comeBack(begun)).status).toBe(200);
    const replayed = await comeBack(begun);
    expect([replayed.status, await codeOf(replayed)]).toEqual([400, 'oauth_state_invalid']);
  });

  it('opens one session of 30 at once, though KV gives the state to all of them', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const begun = await begin(service, 'google');
      const key = `oauth:${await sha256Hex(begun.state)}`;
      const stored = await kv.get(key, 'json');
      const forgetful = { KV: { get: async () => stored, delete: async () => {}, put: async () => {} } };
      const email = `${crypto.randomUUID()}@acme.test`;
      const code = codeFor(begun, asGoogle({ email }));
      const query = new URLSearchParams({ code, state: begun.state });
      const responses = await Promise.all(
        Array.from({ length: 30 }, () =>
          service.fetch(`/auth/social/callback/google?${query}`, { cookie: begun.cookie }, forgetful),
        ),
      );
      const statuses = responses.map((response) => response.status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => status === 400)).toHaveLength(29);
      const sessions = await service.sql(
        'SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1',
        [email],
      );
      expect(sessions).toHaveLength(1);
    }
  });

  it('does nothing on HEAD', async () => {
    const begun = await begin(service, 'google');
    const query = { code: codeFor(begun, asGoogle()), state: begun.state };
    const head = await callback(service, 'google', query, { cookie: begun.cookie, method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.getSetCookie()).toEqual([]);
    expect((await comeBack(begun)).status).toBe(200);
  });

  it('that was denied at the provider says so, and has spent the state', async () => {
    const begun = await begin(service, 'google');
    const denied = await callback(
      service,
      'google',
      { error: 'access_denied', error_description: 'She said <b>no</b>', state: begun.state },
      { cookie: begun.cookie },
    );
    expect(denied.status).toBe(400);
    const body = await denied.text();
    expect(JSON.parse(body)).toMatchObject({ code: 'oauth_denied' });
    expect(body).not.toContain('She said');
    expect(await codeOf(await comeBack(begun))).toBe('oauth_state_invalid');
  });

  it('that was denied without a state of ours is no denial', async () => {
    const response = await callback(service, 'google', { error: 'access_denied', state: 'x' });
    expect(await codeOf(response)).toBe('oauth_state_invalid');
  });

  it('with any other failure of the provider is a 502', async () => {
    const begun = await begin(service, 'google');
    const query = { error: 'temporarily_unavailable', state: begun.state };
    const response = await callback(service, 'google', query, { cookie: begun.cookie });
    expect([response.status, await codeOf(response)]).toEqual([502, 'oauth_provider_error']);
  });
});

/** Changes what was kept of a sign-in. */
async function rewrite(begun: Begun, change: object): Promise<undefined> {
  const key = `oauth:${await sha256Hex(begun.state)}`;
  const stored = await kv.get<object>(key, 'json');
  await kv.put(key, JSON.stringify({ ...stored, ...change }));
}
