import { exportPKCS8, exportSPKI, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { newSession, type SignedIn } from '../support/accounts.ts';
import { newKey, TEST_KEYS, useService } from '../support/service.ts';

const service = useService();
const publicPart = (key: string) => {
  const { kty, crv, x, y } = JSON.parse(key);
  return { kty, crv, x, ...(y && { y }) };
};
const list = (...keys: unknown[]) => JSON.stringify(keys);

describe('a rotated key', () => {
  let session: SignedIn;
  let next: string;
  beforeAll(async () => {
    session = await newSession(service);
    next = await newKey('ES256');
  });
  const me = async (token: string, previous?: string, current = next) =>
    (
      await service.fetch(
        '/me',
        { token },
        { ACCESS_SECRET_KEY: current, ...(previous !== undefined && { ACCESS_PREVIOUS_KEYS: previous }) },
      )
    ).status;

  it('still verifies what it signed while it is a previous one, and not after it was removed', async () => {
    expect(await me(session.token, list(publicPart(TEST_KEYS.access)))).toBe(200);
    expect(await me(session.token, '[]')).toBe(401);
    expect(await me(session.token, '')).toBe(401);
    expect(await me(session.token, list(publicPart(await newKey('ES256'))))).toBe(401);
  });

  it('is taken in every form that a key may have', async () => {
    const jwk = JSON.parse(TEST_KEYS.access);
    const privateKey = (await importJWK(jwk, 'ES256', { extractable: true })) as CryptoKey;
    const publicKey = (await importJWK(publicPart(TEST_KEYS.access), 'ES256', {
      extractable: true,
    })) as CryptoKey;
    const spki = await exportSPKI(publicKey);
    for (const key of [jwk, { ...jwk, kid: 'x' }, spki, await exportPKCS8(privateKey), spki.trim()]) {
      expect(await me(session.token, list(publicPart(await newKey('ES256')), key))).toBe(200);
    }
    expect(await me(session.token, list(spki.replaceAll('\n', '\\n')))).toBe(200);
  });

  it('signs nothing, and the new one verifies on isolates that do not sign with it yet', async () => {
    const both = list(publicPart(next), JSON.parse(TEST_KEYS.access));
    const login = await service.fetch(
      '/login',
      { method: 'POST', json: { email: session.email, password: session.password } },
      { ACCESS_SECRET_KEY: next, ACCESS_PREVIOUS_KEYS: both },
    );
    const { token } = await login.json<{ token: string }>();
    expect(await me(token, '[]')).toBe(200);
    expect(await me(token, '[]', TEST_KEYS.access)).toBe(401);
    expect(await me(token, both, TEST_KEYS.access)).toBe(200);
  });

  it('is published beside the current one, each once and in its public part alone', async () => {
    const previous = list(publicPart(next), JSON.parse(TEST_KEYS.access), publicPart(TEST_KEYS.access));
    const response = await service.fetch(
      '/.well-known/jwks.json',
      {},
      { ACCESS_SECRET_KEY: next, ACCESS_PREVIOUS_KEYS: previous },
    );
    const { keys } = await response.json<{ keys: Record<string, unknown>[] }>();
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatchObject(publicPart(next));
    expect(keys[1]).toMatchObject(publicPart(TEST_KEYS.access));
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  it.each([
    ['no JSON', 'garbage'],
    ['no array', JSON.stringify(publicPart(TEST_KEYS.access))],
    ['a number', '[1]'],
    ['an object that is no key', '[{"kty":"EC"}]'],
    ['text that is no PEM', list('x'.repeat(40))],
    ['a short text', list('x')],
    ['a point that is not on the curve', list({ ...publicPart(TEST_KEYS.access), x: 'AAAA' })],
  ])('is refused by the name of the variable when it is %s', async (_case, previous) => {
    const response = await service.fetch('/me', { token: session.token }, { ACCESS_PREVIOUS_KEYS: previous });
    expect(response.status).toBe(500);
    const problem = await response.json<{ code: string; detail: string }>();
    expect(problem.code).toBe('misconfigured');
    expect(problem.detail).toContain('ACCESS_PREVIOUS_KEYS');
    expect(problem.detail).not.toContain(previous);
  });

  it('of another algorithm is refused', async () => {
    const previous = list(publicPart(await newKey('EdDSA')));
    expect(await me(session.token, previous)).toBe(500);
  });
});

describe.each(['EdDSA', 'HS256'] as const)('a rotated %s key', (algorithm) => {
  it('still verifies what it signed while it is a previous one, and not after', async () => {
    const account = await newSession(service);
    const fresh = async () => (algorithm === 'HS256' ? crypto.randomUUID() : newKey(algorithm));
    const [old, current, other] = [await fresh(), await fresh(), await fresh()];
    const entry = (key: string) => (algorithm === 'HS256' ? key : publicPart(key));
    const login = await service.fetch(
      '/login',
      { method: 'POST', json: { email: account.email, password: account.password } },
      { ALGORITHM: algorithm, ACCESS_SECRET_KEY: old },
    );
    const { token } = await login.json<{ token: string }>();
    const me = async (...previous: string[]) =>
      (
        await service.fetch(
          '/me',
          { token },
          {
            ALGORITHM: algorithm,
            ACCESS_SECRET_KEY: current,
            ACCESS_PREVIOUS_KEYS: list(...previous.map(entry)),
          },
        )
      ).status;
    expect(await me(old)).toBe(200);
    expect(await me(other, old)).toBe(200);
    expect(await me()).toBe(401);
    expect(await me(other)).toBe(401);
  });
});

describe('HS256', () => {
  it('takes no public key for a secret', async () => {
    const overrides = {
      ALGORITHM: 'HS256',
      ACCESS_SECRET_KEY: crypto.randomUUID(),
      ACCESS_PREVIOUS_KEYS: list(publicPart(TEST_KEYS.access)),
    };
    expect((await service.fetch('/me', { token: 'x.y.z' }, overrides)).status).toBe(500);
  });
});
