import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  errors,
  exportJWK,
  importJWK,
  importPKCS8,
  importSPKI,
  type JWK,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { subjectOf, TOKEN_MAX_LENGTH, TOKEN_TYPE, tokenChecks } from '../access-token.ts';
import type { AccessClaims, AccessTokens, PublicKeySet } from '../auth/ports.ts';
import { type Settings, SettingsError } from '../settings.ts';

type Keys = {
  readonly sign: CryptoKey | Uint8Array;
  /** Tried in order until the signature fits one. */
  readonly verify: readonly JWTVerifyGetKey[];
  readonly published: PublicKeySet;
  readonly kid: string | undefined;
};

/**
 * Keys are immutable and dear to import, so the last set is kept for the life of the isolate. The value is kept and
 * not the promise: one request must never wait for work that belongs to another, which may be cancelled.
 */
let kept: { readonly for: string; readonly keys: Keys } | undefined;

type KeySettings = Pick<Settings, 'ALGORITHM' | 'ACCESS_SECRET_KEY' | 'ACCESS_PREVIOUS_KEYS'>;
type JoseSettings = KeySettings & Pick<Settings, 'ACCESS_TOKEN_EXPIRE' | 'APP_URL'>;

/**
 * Access tokens by jose: `iss` and `aud` are APP_URL, `sub` the account, `sid` the session. ES256 and EdDSA take a
 * private JWK or a PKCS#8 PEM as ACCESS_SECRET_KEY, HS256 takes its bytes. ACCESS_PREVIOUS_KEYS verify and never sign.
 */
export function createAccessTokens(settings: JoseSettings): AccessTokens {
  const { ALGORITHM: alg, APP_URL } = settings;
  return {
    async sign({ userId, sessionId }: AccessClaims, added = {}) {
      const { sign, kid } = await keysOf(settings);
      return new SignJWT({ ...added, sid: sessionId })
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
        const checks = tokenChecks({ algorithms: [alg], issuer: APP_URL, audience: APP_URL });
        const { payload } = await verifyByAny(token, verify, checks);
        return subjectOf(payload);
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

async function verifyByAny(token: string, keys: readonly JWTVerifyGetKey[], options: JWTVerifyOptions) {
  for (const key of keys.slice(0, -1)) {
    try {
      return await jwtVerify(token, key, options);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  return jwtVerify(token, keys.at(-1) as JWTVerifyGetKey, options);
}

async function keysOf(settings: KeySettings): Promise<Keys> {
  const { ALGORITHM, ACCESS_SECRET_KEY, ACCESS_PREVIOUS_KEYS } = settings;
  const wanted = JSON.stringify([ALGORITHM, ACCESS_SECRET_KEY, ACCESS_PREVIOUS_KEYS]);
  if (kept?.for !== wanted) kept = { for: wanted, keys: await importKeys(settings) };
  return kept.keys;
}

async function importKeys(settings: KeySettings): Promise<Keys> {
  const { ALGORITHM: algorithm, ACCESS_SECRET_KEY: secret } = settings;
  const previous = JSON.parse(settings.ACCESS_PREVIOUS_KEYS) as (string | JWK)[];
  if (algorithm === 'HS256') {
    // A JWK here is what was left behind when the algorithm was changed.
    if (!previous.every((key) => typeof key === 'string'))
      throw refusal('ACCESS_PREVIOUS_KEYS', 'holds what is no secret');
    const sign = new TextEncoder().encode(secret);
    const older = previous.map((key) => new TextEncoder().encode(key));
    const verify = [sign, ...older].map((bytes) => async () => bytes);
    return { sign, verify, published: { keys: [] }, kid: undefined };
  }
  const { sign, privateJwk } = await importPrivateKey(algorithm, secret).catch(() => {
    throw refusal('ACCESS_SECRET_KEY', `is no private ${algorithm} key (a JWK or PKCS#8 PEM)`);
  });
  const current = await publish(algorithm, privateJwk);
  const older = await Promise.all(previous.map((key) => publishPrevious(algorithm, key))).catch(() => {
    throw refusal(
      'ACCESS_PREVIOUS_KEYS',
      `holds what is no ${algorithm} key (a JWK or PEM, public or private)`,
    );
  });
  // By kid, because the current key may stand among the previous ones while a rotation is under way.
  const published = { keys: [...new Map([current, ...older].map((key) => [key.kid, key])).values()] };
  return { sign, verify: [createLocalJWKSet(published)], published, kid: current.kid };
}

const refusal = (variable: string, problem: string) => new SettingsError(new Map([[variable, problem]]));

/** The public part of a key as it stands in the key set; `kid` is its thumbprint (RFC 7638). */
async function publish(algorithm: 'ES256' | 'EdDSA', { kty = '', crv, x, y }: JWK) {
  const publicPart = { kty, ...(crv && { crv }), ...(x && { x }), ...(y && { y }) };
  return { ...publicPart, kid: await calculateJwkThumbprint(publicPart), alg: algorithm, use: 'sig' };
}

async function publishPrevious(algorithm: 'ES256' | 'EdDSA', key: string | JWK) {
  const jwk = typeof key === 'string' ? await exportJWK(await importPem(algorithm, key)) : key;
  const published = await publish(algorithm, jwk);
  // Throws for what is no key of the algorithm.
  await importJWK(published, algorithm);
  return published;
}

/** A PEM squeezed into one line, as some secret stores do, has its line breaks written as \n. */
function importPem(algorithm: 'ES256' | 'EdDSA', text: string): Promise<CryptoKey> {
  const pem = text.trim().replaceAll('\\n', '\n');
  const importing = pem.includes('PRIVATE KEY') ? importPKCS8 : importSPKI;
  return importing(pem, algorithm, { extractable: true });
}

async function importPrivateKey(
  algorithm: 'ES256' | 'EdDSA',
  secret: string,
): Promise<{ sign: CryptoKey; privateJwk: JWK }> {
  const text = secret.trim();
  const sign = text.startsWith('{')
    ? await importJWK(JSON.parse(text) as JWK, algorithm, { extractable: true })
    : await importPem(algorithm, text);
  if (sign instanceof Uint8Array || sign.type !== 'private') throw new TypeError('not a private key');
  return { sign, privateJwk: await exportJWK(sign) };
}
