import { afterEach, describe, expect, it, vi } from 'vitest';
import { logIn, newAccount, newIdentity, newSession } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();

describe('a failure', () => {
  it.each([
    ['an unknown path', 'GET', '/nothing/here', 404, 'not_found'],
    ['an unknown method', 'PUT', '/login', 404, 'not_found'],
    ['no token', 'GET', '/me', 401, 'invalid_token'],
    ['no cookie', 'POST', '/refresh-token', 401, 'refresh_token_missing'],
    ['a bad link', 'GET', '/verify?token=x', 400, 'invalid_token'],
    ['no link', 'GET', '/verify', 422, 'validation_failed'],
  ])('is a problem for %s', async (_case, method, path, status, code) => {
    const response = await service.fetch(path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: `urn:tollgate:problem:${code}`,
      title: expect.any(String),
      status,
      detail: expect.stringMatching(/\.$/),
      code,
      request_id: response.headers.get('X-Request-Id'),
    });
  });

  it('that nobody expected says nothing of itself', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    await service.sql('ALTER TABLE sessions RENAME TO hidden_sessions');
    try {
      const response = await service.post('/refresh-token', undefined, { cookie: 'refresh_token=x' });
      const body = await response.text();
      expect(response.status).toBe(500);
      expect(JSON.parse(body)).toMatchObject({ code: 'internal_error' });
      expect(body).not.toMatch(/sessions|SELECT|relation|42P01/i);
      expect(log.mock.calls.join()).toContain('42P01');
    } finally {
      await service.sql('ALTER TABLE hidden_sessions RENAME TO sessions');
    }
  });
});

describe('a route that needs a token', () => {
  it.each([
    ['POST', '/change-password'],
    ['POST', '/email-change'],
    ['POST', '/request/verify'],
    ['PATCH', '/profile'],
    ['DELETE', '/me'],
    ['GET', '/sessions?limit=x'],
  ])('asks for it before it looks at anything else: %s %s', async (method, path) => {
    const init = method === 'GET' ? { method } : { method, json: { password: 1 } };
    const response = await service.fetch(path, init);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'invalid_token' });
  });
});

describe('every answer', () => {
  it.each(['/health', '/me', '/nothing', '/.well-known/jwks.json', '/docs'])(
    '%s carries the security headers',
    async (path) => {
      const { headers } = await service.fetch(path);
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('X-Frame-Options')).toBe('DENY');
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Strict-Transport-Security')).toMatch(/max-age=\d{8}/);
      expect(headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(headers.get('Cache-Control')).toBeTruthy();
    },
  );

  it('repeats a sane request id and replaces any other', async () => {
    const idFor = async (id: string) =>
      (await service.fetch('/health', { headers: { 'X-Request-Id': id } })).headers.get('X-Request-Id');
    expect(await idFor('abc-123_DEF')).toBe('abc-123_DEF');
    for (const id of ['a b', '<script>', 'x'.repeat(129), '"{}'])
      expect(await idFor(id)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a query string', () => {
  it.each([
    '/health?x=%FF',
    '/verify?token=a%C3',
    '/me?%ED%A0%80=x',
    '/nothing?x=%C0%AF',
    '/health?%F8%88%80%80%80',
  ])('of invalid UTF-8 is refused, not repaired: %s', async (path) => {
    const response = await service.fetch(path);
    const { code } = await response.json<{ code: string }>();
    expect([response.status, code]).toEqual([400, 'malformed_query']);
  });

  it.each(['?x=%E2%82%AC', '?x=€', '?x=100%', '?x=%zz%', '?%00'])('is taken as it is: %s', async (query) => {
    expect((await service.fetch(`/health${query}`)).status).toBe(200);
  });
});

describe('a body', () => {
  const post = (body: BodyInit, type: string | undefined = 'application/json') =>
    service.fetch('/login', { method: 'POST', body, headers: type ? { 'Content-Type': type } : {} });
  const valid = JSON.stringify({ email: 'nobody@acme.test', password: 'some password' });
  const text = (json: string) => `{"email":"nobody@acme.test","password":${json}}`;

  it.each([
    ['that is no JSON', '{"email":', 400, 'malformed_body'],
    ['that is empty text', ' ', 400, 'malformed_body'],
    ['with a trailing comma', '{"email":"a",}', 400, 'malformed_body'],
    ['nested 33 deep', `${'['.repeat(33)}${']'.repeat(33)}`, 400, 'malformed_body'],
    ['nested 30,000 deep', '{"a":'.repeat(10_000), 400, 'malformed_body'],
    ['that is an array', '[]', 422, 'validation_failed'],
    ['that is null', 'null', 422, 'validation_failed'],
    ['with NUL in a value', text('"a\\u0000b"'), 422, 'validation_failed'],
    ['with a lone surrogate', text('"a\\ud800b"'), 422, 'validation_failed'],
    ['with NUL in a name', '{"a\\u0000b":1}', 422, 'validation_failed'],
    ['with a prototype in it', '{"__proto__":{"email":"a@b.test","password":"x"}}', 422, 'validation_failed'],
    ['over 64 KiB', text(`"${'x'.repeat(65_536)}"`), 413, 'body_too_large'],
  ])('%s is refused', async (_case, body, status, code) => {
    const response = await post(body);
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([status, code]);
  });

  it('of invalid UTF-8 is refused, not repaired', async () => {
    const bytes = new TextEncoder().encode(valid);
    bytes[15] = 0xff;
    expect((await post(bytes)).status).toBe(400);
  });

  it('over 64 KiB is refused also when its length is not announced', async () => {
    let chunks = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++chunks > 10) return controller.close();
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    expect((await post(stream)).status).toBe(413);
  });

  it.each([
    ['application/json', 401],
    ['application/json; charset=utf-8', 401],
    ['Application/JSON;charset="UTF-8"', 401],
    ['application/json; charset=utf-8; profile="x"', 401],
    ['application/json;', 401],
    ['application/problem+json', 401],
    ['application/json; charset=latin1', 415],
    ['application/jsonp', 415],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['', 415],
  ])('of type %j answers %i', async (type, status) => {
    expect((await post(new TextEncoder().encode(valid), type)).status).toBe(status);
  });

  it.each([
    ['missing', {}],
    ['empty', { body: '' }],
    ['empty, as JSON', { body: '', headers: { 'Content-Type': 'application/json' } }],
    ['empty, as a stream', { body: new Blob([]).stream(), headers: { 'Content-Type': 'application/json' } }],
  ])('that is %s is a failed validation', async (_case, init) => {
    const response = await service.fetch('/login', { method: 'POST', ...init });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: { email: expect.any(String) } });
  });
});

describe('CORS', () => {
  const ask = (origin: string, init = {}) =>
    service.fetch(
      '/health',
      { headers: { Origin: origin }, ...init },
      { CORS_ORIGINS: 'https://app.acme.test' },
    );

  it('lets exactly the listed origins read, with credentials', async () => {
    for (const origin of ['https://app.acme.test', 'http://tollgate.test']) {
      const { headers } = await ask(origin);
      expect(headers.get('Access-Control-Allow-Origin')).toBe(origin);
      expect(headers.get('Access-Control-Allow-Credentials')).toBe('true');
      expect(headers.get('Vary')).toContain('Origin');
    }
    for (const origin of [
      'https://app.acme.test.evil.test',
      'https://evil.test',
      'null',
      'http://app.acme.test',
    ]) {
      expect((await ask(origin)).headers.get('Access-Control-Allow-Origin')).toBeNull();
    }
  });

  it('answers a preflight, unlimited and without the database', async () => {
    const headers = {
      Origin: 'https://app.acme.test',
      'Access-Control-Request-Method': 'DELETE',
      'Access-Control-Request-Headers': 'authorization',
    };
    const trips = await service.roundTrips(async () => {
      const response = await ask('', { method: 'OPTIONS', headers });
      expect(response.status).toBe(204);
      expect(response.headers.get('Access-Control-Allow-Methods')).toContain('DELETE');
      expect(response.headers.get('Access-Control-Allow-Headers')).toMatch(/authorization/i);
    });
    expect(trips).toBe(0);
  });

  it('shows a failure to the origin too', async () => {
    const headers = { Origin: 'https://app.acme.test' };
    const response = await service.fetch('/me', { headers }, { CORS_ORIGINS: 'https://app.acme.test' });
    expect(response.status).toBe(401);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://app.acme.test');
  });
});

describe('the log', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('has one JSON line a request, and no secret, token, cookie or address in it', async () => {
    const lines: string[] = [];
    for (const level of ['log', 'error', 'warn', 'info', 'debug'] as const) {
      vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts.join(' ')));
    }
    const registrant = newIdentity();
    const { id } = await (await service.post('/register', registrant)).json<{ id: string }>();
    const session = await logIn(service, { id, ...registrant }, {});
    await service.fetch('/me', { token: session.token, headers: { 'X-Request-Id': 'the-one' } });
    await service.post('/refresh-token', undefined, { cookie: session.cookie });
    await service.fetch(`/verify?token=${'A'.repeat(64)}`);
    await service.withoutDatabase(() =>
      service.post('/login', { email: session.email, password: session.password }),
    );

    expect(lines).toHaveLength(6);
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.filter((line) => line.user_id === session.id).map((line) => line.route)).toEqual([
      '/register',
      '/login',
      '/me',
      '/refresh-token',
    ]);
    expect(parsed.find((line) => line.request_id === 'the-one')).toEqual({
      request_id: 'the-one',
      method: 'GET',
      route: '/me',
      status: 200,
      duration_ms: expect.any(Number),
      user_id: session.id,
    });
    const all = lines.join('\n');
    for (const secret of [
      session.token,
      session.cookie.split('=')[1],
      session.email,
      session.password,
      'AAAA',
      '$argon2id',
    ]) {
      expect(all).not.toContain(secret);
    }
  });
});

describe('with the database away', () => {
  it('every route that needs it answers 503 with Retry-After, the others work', async () => {
    const session = await newSession(service);
    const account = await newAccount(service);
    await service.withoutDatabase(async () => {
      for (const request of [
        () => service.post('/register', newIdentity()),
        () => service.post('/login', { email: account.email, password: account.password }),
        () => service.post('/refresh-token', undefined, { cookie: session.cookie }),
        () => service.post('/request/verify', undefined, { token: session.token }),
        () => service.fetch('/me', { token: session.token }),
        () => service.fetch('/sessions', { token: session.token }),
        () => service.fetch('/health/ready'),
      ]) {
        const response = await request();
        expect(response.status).toBe(503);
        expect(Number(response.headers.get('Retry-After'))).toBeGreaterThan(0);
        expect(await response.json()).toMatchObject({ code: 'database_unavailable' });
      }
      for (const path of ['/health', '/.well-known/jwks.json', '/openapi.json', '/docs']) {
        expect((await service.fetch(path)).status).toBe(200);
      }
    });
    expect((await service.fetch('/health/ready')).status).toBe(200);
    expect((await service.fetch('/me', { token: session.token })).status).toBe(200);
  });
});

describe('a HEAD request', () => {
  it('answers a GET route without a body', async () => {
    const response = await service.fetch('/health', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});
