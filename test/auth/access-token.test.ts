import { CompactSign, decodeJwt, decodeProtectedHeader, exportSPKI, importJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { mailedToken, newAccount, newSession, type SignedIn } from '../support/accounts.ts';
import { APP_URL, newKey, TEST_KEYS, useService } from '../support/service.ts';

const service = useService();
let session: SignedIn;
beforeAll(async () => {
  session = await newSession(service);
});

const me = (token: string, overrides = {}) => service.fetch('/me', { token }, overrides);
const key = async (jwk = TEST_KEYS.access, algorithm = 'ES256') => importJWK(JSON.parse(jwk), algorithm);

/** A token like ours, but for what `change` does to its claims (undefined leaves one out) and header. */
async function forge(change: Record<string, unknown>, header: Record<string, unknown> = {}, signer = key()) {
  const claims = { ...decodeJwt(session.token), ...change };
  for (const [name, value] of Object.entries(claims)) if (value === undefined) delete claims[name];
  const protectedHeader = { ...decodeProtectedHeader(session.token), ...header } as { alg: string };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(protectedHeader)
    .sign(await signer, { crit: { x: false } });
}
const NOW = Math.floor(Date.now() / 1_000);

describe('an access token', () => {
  it('is typed, names issuer, audience, account, session and id, tells the plan, and lives 15 minutes', () => {
    const claims = decodeJwt(session.token);
    expect(decodeProtectedHeader(session.token)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: expect.any(String),
    });
    expect(Object.keys(claims).sort()).toEqual(['aud', 'ent', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']);
    expect(claims).toMatchObject({ iss: APP_URL, aud: APP_URL, sub: session.id });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);
  });

  it('opens a protected route, also when made anew by the same key', async () => {
    expect((await me(session.token)).status).toBe(200);
    expect((await me(await forge({}))).status).toBe(200);
  });

  it.each([
    ['without exp', { exp: undefined }, {}],
    ['that has expired', { exp: NOW - 1 }, {}],
    ['with an exp that is text', { exp: 'never' }, {}],
    ['that is not valid yet', { nbf: NOW + 60 }, {}],
    ['without sub', { sub: undefined }, {}],
    ['without sid', { sid: undefined }, {}],
    ['without jti', { jti: undefined }, {}],
    ['without iat', { iat: undefined }, {}],
    ['for another audience', { aud: 'https://other.test' }, {}],
    ['without audience', { aud: undefined }, {}],
    ['of another issuer', { iss: 'https://other.test' }, {}],
    ['without issuer', { iss: undefined }, {}],
    ['with a subject that is no id', { sub: `${'x'.repeat(36)}` }, {}],
    ['for somebody who does not exist', { sub: crypto.randomUUID() }, {}],
    ['with a session that does not exist', { sid: crypto.randomUUID() }, {}],
    ['typed JWT', {}, { typ: 'JWT' }],
    ['without a type', {}, { typ: undefined }],
    ['of a key we do not have', {}, { kid: 'another' }],
    ['with an extension it calls critical', {}, { crit: ['x'], x: 1 }],
  ])('%s is refused', async (_case, claims, header) => {
    const response = await me(await forge(claims, header));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'invalid_token' });
    expect(response.headers.get('WWW-Authenticate')).toContain('Bearer');
  });

  it('signed by another key is refused', async () => {
    expect((await me(await forge({}, {}, key(await newKey('ES256'))))).status).toBe(401);
  });

  it('with alg none, or HS256 under the public key, is refused', async () => {
    const publicKey = { ...JSON.parse(TEST_KEYS.access), d: undefined, key_ops: undefined };
    const spki = await exportSPKI((await importJWK(publicKey, 'ES256', { extractable: true })) as CryptoKey);
    const claims = decodeJwt(session.token);
    for (const secret of [spki, JSON.stringify(publicKey), TEST_KEYS.access]) {
      const forged = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(new TextEncoder().encode(secret));
      expect((await me(forged)).status).toBe(401);
    }
    for (const alg of ['none', 'None', 'ES256']) {
      const [, payload = ''] = session.token.split('.');
      const header = btoa(JSON.stringify({ alg, typ: 'at+jwt' })).replaceAll('=', '');
      expect((await me(`${header}.${payload}.`)).status).toBe(401);
    }
  });

  it('that was changed anywhere is refused', async () => {
    const [header = '', payload = '', signature = ''] = session.token.split('.');
    const admin = btoa(JSON.stringify({ ...decodeJwt(session.token), is_admin: true })).replaceAll('=', '');
    for (const token of [
      `${header}.${admin}.${signature}`,
      `${header}.${payload}`,
      '...',
      'x',
      '',
      'x'.repeat(9_000),
    ]) {
      expect((await me(token)).status).toBe(401);
    }
  });

  it.each(['Basic abc', 'Bearer', 'bearer  ', 'Token abc'])('is not found in %j', async (authorization) => {
    expect((await service.fetch('/me', { headers: { Authorization: authorization } })).status).toBe(401);
  });

  it('is never taken from the query string', async () => {
    expect((await service.fetch(`/me?token=${session.token}&access_token=${session.token}`)).status).toBe(
      401,
    );
  });
});

describe('one kind of token in the place of another', () => {
  it('is refused everywhere', async () => {
    const account = await newAccount(service, { verified: false });
    const link = await mailedToken(service, account.email);
    const refreshToken = session.cookie.split('=')[1] ?? '';

    for (const token of [link, refreshToken, session.cookie]) expect((await me(token)).status).toBe(401);
    for (const token of [session.token, link]) {
      const response = await service.post('/refresh-token', undefined, { cookie: `refresh_token=${token}` });
      expect(response.status).toBe(401);
    }
    for (const token of [session.token, refreshToken]) {
      expect((await service.fetch(`/verify?token=${token}`)).status).toBe(400);
    }
    expect((await me(session.token)).status).toBe(200);
  });
});

describe('what has changed since the token was made', () => {
  it.each([
    ['a deactivated account', 'UPDATE users SET is_active = false WHERE id = $1', 403, 'account_disabled'],
    ['a revoked session', 'UPDATE sessions SET revoked_at = now() WHERE user_id = $1', 401, 'invalid_token'],
    [
      'a session at its end',
      'UPDATE sessions SET expires_at = now() WHERE user_id = $1',
      401,
      'invalid_token',
    ],
    ['a deleted account', 'DELETE FROM users WHERE id = $1', 401, 'invalid_token'],
  ])('counts at once: %s', async (_case, statement, status, code) => {
    const { id, token } = await newSession(service);
    await service.sql(statement, [id]);
    for (const path of ['/me', '/sessions']) {
      const response = await service.fetch(path, { token });
      expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([status, code]);
    }
  });

  it('a session of somebody else in the token opens nothing', async () => {
    const other = await newSession(service);
    expect((await me(await forge({ sid: decodeJwt(other.token).sid }))).status).toBe(401);
  });
});

describe('the algorithm is configuration', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    '%s is published, and verified by what is published',
    async (algorithm) => {
      const settings = { ALGORITHM: algorithm, ACCESS_SECRET_KEY: await newKey(algorithm) };
      const published = await service.fetch('/.well-known/jwks.json', {}, settings);
      const { keys } = await published.json<{ keys: Record<string, unknown>[] }>();
      expect(keys).toHaveLength(1);
      expect(Object.keys(keys[0] ?? {})).not.toContain('d');
      expect(keys[0]).toMatchObject({ alg: algorithm, use: 'sig', kid: expect.any(String) });
      expect(published.headers.get('Cache-Control')).toBe('public, max-age=300');

      const json = { email: session.email, password: session.password };
      const login = await service.fetch('/login', { method: 'POST', json }, settings);
      const { token } = await login.json<{ token: string }>();
      expect(decodeProtectedHeader(token)).toMatchObject({ alg: algorithm, kid: keys[0]?.kid });
      expect((await me(token, settings)).status).toBe(200);
      expect((await me(token)).status).toBe(401);
    },
  );

  it('HS256 signs with the bytes of the secret and publishes nothing', async () => {
    const secret = 'a shared secret of 32 bytes and more ü';
    const settings = { ALGORITHM: 'HS256', ACCESS_SECRET_KEY: secret };
    const published = await service.fetch('/.well-known/jwks.json', {}, settings);
    expect(await published.json()).toEqual({ keys: [] });
    const forged = await new SignJWT(decodeJwt(session.token))
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(new TextEncoder().encode(secret));
    expect((await me(forged, settings)).status).toBe(200);
    expect((await me(session.token, settings)).status).toBe(401);
  });

  it('a PKCS#8 PEM does as well as a JWK', async () => {
    const jwk = await crypto.subtle.importKey(
      'jwk',
      JSON.parse(TEST_KEYS.access),
      { name: 'ECDSA', namedCurve: 'P-256' },
      true,
      ['sign'],
    );
    const der = (await crypto.subtle.exportKey('pkcs8', jwk)) as ArrayBuffer;
    const body = btoa(String.fromCharCode(...new Uint8Array(der))).replace(/(.{64})/g, '$1\n');
    const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
    for (const secret of [pem, pem.replaceAll('\n', '\\n')]) {
      expect((await me(session.token, { ACCESS_SECRET_KEY: secret })).status).toBe(200);
    }
  });

  it.each(['ES256', 'EdDSA'])('refuses to serve under a secret that is no %s key', async (algorithm) => {
    const settings = {
      ALGORITHM: algorithm,
      ACCESS_SECRET_KEY: 'no key at all, but long enough for a secret',
    };
    const response = await me(session.token, settings);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: 'misconfigured',
      detail: expect.stringContaining('ACCESS_SECRET_KEY'),
    });
  });
});
