import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  importJWK,
  importPKCS8,
  type JWK,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose';
import type { AccessClaims, AccessTokens, PublicKeySet } from '../auth/ports.ts';
import { parseId, type SessionId, type UserId } from '../ids.ts';
import { type Settings, SettingsError } from '../settings.ts';

/** Only this kind is an access token (RFC 8725 §3.11: explicit typing). */
const TOKEN_TYPE = 'at+jwt';

/** Ours are under 600 characters; nothing longer is worth a signature check. */
const TOKEN_MAX_LENGTH = 4_096;

type Keys = {
  readonly sign: CryptoKey | Uint8Array;
  readonly verify: JWTVerifyGetKey;
  readonly published: PublicKeySet;
  readonly kid: string | undefined;
};

/**
 * Keys are immutable and dear to import, so the last set is kept for the life of the isolate. The value is kept and
 * not the promise: one request must never wait for work that belongs to another, which may be cancelled.
 */
let kept: { readonly secret: string; readonly algorithm: string; readonly keys: Keys } | undefined;

type JoseSettings = Pick<Settings, 'ALGORITHM' | 'ACCESS_SECRET_KEY' | 'ACCESS_TOKEN_EXPIRE' | 'APP_URL'>;

/**
 * Access tokens by jose: `iss` and `aud` are APP_URL, `sub` the account, `sid` the session. ES256 and EdDSA take a
 * private JWK or a PKCS#8 PEM as ACCESS_SECRET_KEY, HS256 takes its bytes.
 */
export function createAccessTokens(settings: JoseSettings): AccessTokens {
  const { ALGORITHM: alg, APP_URL } = settings;
  return {
    async sign({ userId, sessionId }: AccessClaims) {
      const { sign, kid } = await keysOf(settings);
      return new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg, typ: TOKEN_TYPE, ...(kid && { kid }) })
        .setIssuer(APP_URL)
        .setAudience(APP_URL)
        .setSubject(userId)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .setExpirationTime(`${settings.ACCESS_TOKEN_EXPIRE}s`)
        .sign(sign);
    },

    async verify(token) {
      if (token.length > TOKEN_MAX_LENGTH) return undefined;
      const { verify } = await keysOf(settings);
      try {
        // One algorithm, from configuration and never from the token (RFC 8725 §3.1).
        const { payload } = await jwtVerify(token, verify, {
          algorithms: [alg],
          typ: TOKEN_TYPE,
          issuer: APP_URL,
          audience: APP_URL,
          requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
        });
        const userId = parseId<UserId>(String(payload.sub));
        const sessionId = parseId<SessionId>(String(payload.sid));
        return userId && sessionId && { userId, sessionId };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },

    async publicKeys() {
      return (await keysOf(settings)).published;
    },
  };
}

async function keysOf({ ALGORITHM: algorithm, ACCESS_SECRET_KEY: secret }: JoseSettings): Promise<Keys> {
  if (kept?.secret !== secret || kept.algorithm !== algorithm) {
    kept = { secret, algorithm, keys: await importKeys(algorithm, secret) };
  }
  return kept.keys;
}

async function importKeys(algorithm: Settings['ALGORITHM'], secret: string): Promise<Keys> {
  if (algorithm === 'HS256') {
    const bytes = new TextEncoder().encode(secret);
    return { sign: bytes, verify: async () => bytes, published: { keys: [] }, kid: undefined };
  }
  const { sign, privateJwk } = await importPrivateKey(algorithm, secret).catch(() => {
    throw new SettingsError(
      new Map([['ACCESS_SECRET_KEY', `is no private ${algorithm} key (a JWK or PKCS#8 PEM)`]]),
    );
  });
  const { kty = '', crv, x, y } = privateJwk;
  const publicPart = { kty, ...(crv && { crv }), ...(x && { x }), ...(y && { y }) };
  const kid = await calculateJwkThumbprint(publicPart);
  const published = { keys: [{ ...publicPart, kid, alg: algorithm, use: 'sig' }] };
  return { sign, verify: createLocalJWKSet(published), published, kid };
}

async function importPrivateKey(
  algorithm: 'ES256' | 'EdDSA',
  secret: string,
): Promise<{ sign: CryptoKey; privateJwk: JWK }> {
  const text = secret.trim();
  // A PEM squeezed into one line, as some secret stores do, has its line breaks written as \n.
  const sign = text.startsWith('{')
    ? await importJWK(JSON.parse(text) as JWK, algorithm, { extractable: true })
    : await importPKCS8(text.replaceAll('\\n', '\n'), algorithm, { extractable: true });
  if (sign instanceof Uint8Array || sign.type !== 'private') throw new TypeError('not a private key');
  return { sign, privateJwk: await exportJWK(sign) };
}
