import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVerifier, KeysUnavailable, type VerifierOptions } from '../../src/verify.ts';

const ISSUER = 'https://auth.acme.test';
const MINUTE = 60_000;

type Key = { readonly sign: CryptoKey; readonly jwk: JWK };

async function newKey(kid: string, alg = 'ES256'): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { sign: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A token like the service's, but for what is said otherwise; undefined leaves a claim or parameter out. */
async function tokenBy(
  key: Key,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const all = {
    ...{ iss: ISSUER, aud: ISSUER, iat: now, exp: now + 900, jti: crypto.randomUUID() },
    ...{ sub: crypto.randomUUID(), sid: crypto.randomUUID(), ...claims },
  };
  return new SignJWT(JSON.parse(JSON.stringify(all)))
    .setProtectedHeader({ alg: String(key.jwk.alg), typ: 'at+jwt', kid: String(key.jwk.kid), ...header })
    .sign(key.sign);
}

/** Where the keys are published, with a count of how often they were asked for. */
function publish(...keys: Key[]) {
  const place = {
    keys,
    headers: { 'Cache-Control': 'public, max-age=300' } as Record<string, string>,
    asked: [] as string[],
    answer: undefined as (() => Response | Promise<Response>) | undefined,
    fetch: async (request: Request) => {
      place.asked.push(request.url);
      if (place.answer) return place.answer();
      return Response.json({ keys: place.keys.map(({ jwk }) => jwk) }, { headers: place.headers });
    },
    verifier: (options: Partial<VerifierOptions> = {}) =>
      createVerifier({ issuer: ISSUER, fetch: place.fetch, ...options }),
  };
  return place;
}

/** The same in every runtime that it is for. */
export function describeVerifier(): void {
  let key: Key;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    key = await newKey('first');
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

  describe('a token', () => {
    it.each(['ES256', 'EdDSA'])('signed with %s is taken, and read', async (alg) => {
      const signer = await newKey('k', alg);
      const { verifyAccessToken } = publish(signer).verifier();
      const ids = { sub: crypto.randomUUID(), sid: crypto.randomUUID(), jti: crypto.randomUUID() };
      const iat = Math.floor(Date.now() / 1_000);
      const verified = await verifyAccessToken(await tokenBy(signer, { ...ids, iat, exp: iat + 900, x: 1 }));
      expect(verified).toMatchObject({
        ...{ userId: ids.sub, sessionId: ids.sid, tokenId: ids.jti },
        issuedAt: new Date(iat * 1_000),
        expiresAt: new Date((iat + 900) * 1_000),
        claims: { x: 1 },
      });
    });

    it.each([
      ['of another issuer', { iss: 'https://other.test' }, {}],
      ['without an issuer', { iss: undefined }, {}],
      ['for another audience', { aud: 'https://other.test' }, {}],
      ['without an audience', { aud: undefined }, {}],
      ['that has expired', { exp: 1 }, {}],
      ['without an end', { exp: undefined }, {}],
      ['without a beginning', { iat: undefined }, {}],
      ['that is not valid yet', { nbf: 99_999_999_999 }, {}],
      ['without an account', { sub: undefined }, {}],
      ['with an account that is no id', { sub: 'root' }, {}],
      ['without a session', { sid: undefined }, {}],
      ['without an id', { jti: undefined }, {}],
      ['typed JWT', {}, { typ: 'JWT' }],
      ['without a type', {}, { typ: undefined }],
      ['without a key id', {}, { kid: undefined }],
    ])('%s is refused', async (_case, claims, header) => {
      const { verifyAccessToken } = publish(key).verifier();
      expect(await verifyAccessToken(await tokenBy(key))).toBeDefined();
      expect(await verifyAccessToken(await tokenBy(key, claims, header))).toBeUndefined();
    });

    it('of another key under a known id, changed, cut short or no token at all is refused', async () => {
      const { verifyAccessToken } = publish(key).verifier();
      const token = await tokenBy(key);
      const [header = '', payload = '', signature = ''] = token.split('.');
      const forged = await tokenBy(await newKey('first'));
      const longer = btoa(JSON.stringify({ ...JSON.parse(atob(payload)), is_admin: true }));
      for (const bad of [
        forged,
        `${header}.${longer.replaceAll('=', '')}.${signature}`,
        `${header}.${payload}.`,
        `${header}.${payload}`,
        '..',
        '',
        'x'.repeat(5_000),
      ]) {
        expect(await verifyAccessToken(bad)).toBeUndefined();
      }
    });

    it('with HS256 or none is refused, even by a key set that has a secret in it', async () => {
      const secret = crypto.getRandomValues(new Uint8Array(32));
      const k = btoa(String.fromCharCode(...secret))
        .replace(/\+/g, '-')
        .replace(/\//g, '_')
        .replace(/=/g, '');
      const symmetric = { sign: secret as never, jwk: { kty: 'oct', k, kid: 'first', alg: 'HS256' } };
      for (const place of [publish(key), publish(symmetric), publish(key, symmetric)]) {
        const { verifyAccessToken } = place.verifier();
        expect(await verifyAccessToken(await tokenBy(symmetric))).toBeUndefined();
        const [, payload] = (await tokenBy(key)).split('.');
        const none = btoa(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid: 'first' })).replaceAll('=', '');
        expect(await verifyAccessToken(`${none}.${payload}.`)).toBeUndefined();
      }
    });

    it('for an audience of its own is taken by who expects that', async () => {
      const place = publish(key);
      const token = await tokenBy(key, { aud: 'https://files.acme.test' });
      const own = place.verifier({ audience: 'https://files.acme.test' });
      expect(await own.verifyAccessToken(token)).toBeDefined();
      expect(await own.verifyAccessToken(await tokenBy(key))).toBeUndefined();
    });
  });

  describe('the keys', () => {
    it('are at the well-known place below the issuer, or where it is said', async () => {
      for (const [options, url] of [
        [{}, `${ISSUER}/.well-known/jwks.json`],
        [{ issuer: `${ISSUER}/accounts` }, `${ISSUER}/accounts/.well-known/jwks.json`],
        [{ jwksUrl: 'https://keys.acme.test/set' }, 'https://keys.acme.test/set'],
      ] as const) {
        const place = publish(key);
        await place.verifier(options).verifyAccessToken(await tokenBy(key));
        expect(place.asked).toEqual([url]);
      }
    });

    it('are fetched over https alone, but for loopback and who fetches them otherwise', () => {
      expect(() => createVerifier({ issuer: 'http://auth.acme.test' })).toThrow(TypeError);
      expect(() => createVerifier({ issuer: ISSUER, jwksUrl: 'http://auth.acme.test/k' })).toThrow(TypeError);
      createVerifier({ issuer: 'http://localhost:8787' });
      createVerifier({ issuer: 'http://auth.acme.test', fetch: publish(key).fetch });
    });

    it('are fetched once for any number of tokens, at once and one after the other', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      const tokens = await Promise.all(Array.from({ length: 30 }, () => tokenBy(key)));
      const verified = await Promise.all(tokens.map(verifyAccessToken));
      expect(verified.every(Boolean)).toBe(true);
      for (const token of tokens) await verifyAccessToken(token);
      expect(place.asked).toHaveLength(1);
    });

    it('are not fetched for what is no access token', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      for (const header of [{ typ: 'JWT' }, { typ: undefined }, { kid: undefined }]) {
        await verifyAccessToken(await tokenBy(key, {}, header));
      }
      for (const text of ['', 'x', 'a.b.c']) await verifyAccessToken(text);
      expect(place.asked).toEqual([]);
    });

    it.each([
      ['as long as their answer says', { 'Cache-Control': 'public, max-age=300' }, 5],
      ['less what it has lain in a cache for', { 'Cache-Control': 'max-age=300', Age: '120' }, 3],
      ['ten minutes where it says nothing', {}, 10],
      ['an hour at most', { 'Cache-Control': 'max-age=31536000' }, 60],
      ['half a minute at least', { 'Cache-Control': 'max-age=0' }, 0.5],
    ])('are kept %s', async (_case, headers, minutes) => {
      const place = publish(key);
      place.headers = headers as Record<string, string>;
      const { verifyAccessToken } = place.verifier();
      const verify = async () => verifyAccessToken(await tokenBy(key));
      await verify();
      later(minutes * MINUTE - 1_000);
      await verify();
      expect(place.asked).toHaveLength(1);
      later(2_000);
      expect(await Promise.all(Array.from({ length: 10 }, verify))).not.toContain(undefined);
      expect(place.asked).toHaveLength(2);
    });

    it('that have grown old are good enough while somebody fetches new ones', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      await verifyAccessToken(await tokenBy(key));
      later(6 * MINUTE);
      let answer = (_: Response) => {};
      place.answer = () => new Promise((resolve) => (answer = resolve));
      const first = verifyAccessToken(await tokenBy(key));
      await vi.waitUntil(() => place.asked.length === 2);
      expect(await verifyAccessToken(await tokenBy(key))).toBeDefined();
      answer(Response.json({ keys: [key.jwk] }));
      expect(await first).toBeDefined();
      expect(place.asked).toHaveLength(2);
    });

    it('are fetched again once for one that is not known yet: a rotation is noticed at once', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      await verifyAccessToken(await tokenBy(key));
      const next = await newKey('second');
      place.keys = [next, key];
      later(MINUTE);
      const both = await Promise.all(
        Array.from({ length: 20 }, async (_, n) => verifyAccessToken(await tokenBy(n % 2 ? next : key))),
      );
      expect(both.every(Boolean)).toBe(true);
      expect(place.asked).toHaveLength(2);
    });

    it('that were taken out are refused once the set is fetched anew', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      await verifyAccessToken(await tokenBy(key));
      place.keys = [await newKey('second')];
      later(5 * MINUTE);
      expect(await verifyAccessToken(await tokenBy(key))).toBeUndefined();
    });

    it('are asked for twice a minute at most, whatever keys somebody thinks up', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      await verifyAccessToken(await tokenBy(key));
      const storm = async () => {
        const unknown = Array.from({ length: 50 }, () => tokenBy(key, {}, { kid: crypto.randomUUID() }));
        const answers = await Promise.all(unknown.map(async (token) => verifyAccessToken(await token)));
        expect(new Set(answers)).toEqual(new Set([undefined]));
      };
      await storm();
      expect(place.asked).toHaveLength(1);
      for (let seconds = 0; seconds < 120; seconds += 10) {
        later(10_000);
        await storm();
      }
      expect(place.asked.length).toBeLessThanOrEqual(5);
      expect(await verifyAccessToken(await tokenBy(key))).toBeDefined();
    });
  });

  describe('while the keys can not be fetched', () => {
    const outages: [string, () => Response | Promise<Response>][] = [
      ['a failing connection', () => Promise.reject(new Error('connection refused'))],
      ['a 503', () => new Response('away', { status: 503 })],
      ['a redirect', () => new Response(null, { status: 302, headers: { Location: 'https://evil.test' } })],
      ['a page', () => new Response('<html>')],
      ['something without keys', () => Response.json({})],
      ['too much', () => new Response(`{"keys":[${' '.repeat(70_000)}]}`)],
    ];

    it.each(outages)(
      '%s: nothing is said of a token before there ever was an answer',
      async (_case, answer) => {
        const place = publish(key);
        place.answer = answer;
        const { verifyAccessToken } = place.verifier();
        const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenBy(key)));
        const results = await Promise.allSettled(tokens.map(verifyAccessToken));
        expect(
          results.every((one) => one.status === 'rejected' && one.reason instanceof KeysUnavailable),
        ).toBe(true);
        expect(place.asked).toHaveLength(1);
        place.answer = undefined;
        later(3_000);
        expect(await verifyAccessToken(await tokenBy(key))).toBeDefined();
      },
    );

    it.each(outages)('%s: those at hand are used for a day', async (_case, answer) => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      await verifyAccessToken(await tokenBy(key));
      place.answer = answer;
      later(24 * 60 * MINUTE - 1_000);
      expect(await verifyAccessToken(await tokenBy(key))).toBeDefined();
      later(2_000);
      await expect(verifyAccessToken(await tokenBy(key))).rejects.toBeInstanceOf(KeysUnavailable);
    });

    it('a key that is not at hand may be a new one: nothing is said of it, and little asked', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      await verifyAccessToken(await tokenBy(key));
      place.answer = () => new Response(null, { status: 500 });
      later(MINUTE);
      const stranger = await newKey('second');
      for (let n = 0; n < 20; n++) {
        await expect(verifyAccessToken(await tokenBy(stranger))).rejects.toBeInstanceOf(KeysUnavailable);
      }
      expect(place.asked).toHaveLength(2);
      expect(await verifyAccessToken(await tokenBy(key))).toBeDefined();
    });

    it('an answer that never comes is not waited for for ever', async () => {
      const place = publish(key);
      const { verifyAccessToken } = place.verifier();
      place.answer = () => new Promise(() => {});
      const token = await tokenBy(key);
      vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
      const waiting = Promise.allSettled([verifyAccessToken(token), verifyAccessToken(token)]);
      await vi.waitUntil(() => place.asked.length === 1);
      await vi.advanceTimersByTimeAsync(6_000);
      expect(await waiting).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
      place.answer = undefined;
      expect(await verifyAccessToken(token)).toBeDefined();
    });
  });
}
