/**
 * Verifies access tokens elsewhere, by the published keys alone: in Node, Workers and browsers, without asking the
 * service. What that can't see stands in docs/siblings.md.
 */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { subjectOf, TOKEN_MAX_LENGTH, TOKEN_TYPE, tokenChecks } from './access-token.ts';
import { createRemoteKeys, KeysUnavailable } from './adapters/remote-keys.ts';
import type { Tier } from './billing/access.ts';
import { isLoopback } from './loopback.ts';

export { KeysUnavailable };

/** Never a symmetric one: under HS256 whoever can verify can sign. */
const ALGORITHMS = ['ES256', 'EdDSA'];

export type VerifierOptions = {
  /** The service's APP_URL, to the letter. */
  readonly issuer: string;
  /** Where the keys are; by default `/.well-known/jwks.json` below the issuer. Over https, but for loopback. */
  readonly jwksUrl?: string;
  /** By default the issuer, which is what the service writes. */
  readonly audience?: string;
  /** How the keys are fetched, such as through a service binding: `(request) => env.AUTH.fetch(request)`. */
  readonly fetch?: (request: Request) => Promise<Response>;
};

/** The claim `ent`. A limit of −1 is unlimited. */
export type EntitlementSnapshot = {
  readonly tier: Tier;
  readonly limits: {
    readonly max_items: number;
    readonly max_secondary: number;
    readonly api_access: boolean;
  };
};

/** What a verified token says: true when it was signed, and perhaps no longer. */
export type VerifiedToken = {
  readonly userId: string;
  readonly sessionId: string;
  readonly tokenId: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** What the account's plan allowed when the token was signed; undefined where the service writes none. */
  readonly entitlement: EntitlementSnapshot | undefined;
  /** All of its claims. */
  readonly claims: Readonly<Record<string, unknown>>;
};

export type Verifier = {
  /**
   * Answers what an access token says that was signed by the service, is meant for this audience and has not expired;
   * `undefined` for anything else.
   *
   * @throws {KeysUnavailable} where the keys could not be fetched and nothing can be said
   */
  verifyAccessToken(token: string): Promise<VerifiedToken | undefined>;
};

/** Made once, and kept: it holds the keys. */
export function createVerifier({ issuer, jwksUrl, audience = issuer, fetch }: VerifierOptions): Verifier {
  const url = new URL(jwksUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`);
  // Whoever can change the keys on their way can sign as anybody. What `fetch` does is its giver's to know.
  if (!fetch && url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new TypeError(`The keys at ${url.href} have to be fetched over https.`);
  }
  const findKey = createRemoteKeys({
    url,
    algorithms: ALGORITHMS,
    fetch: fetch ?? ((request) => globalThis.fetch(request)),
  });
  const checks = tokenChecks({ algorithms: ALGORITHMS, issuer, audience });
  const getKey: JWTVerifyGetKey = async (header) => {
    // Nothing is fetched for a token of another kind.
    const key = header.typ === TOKEN_TYPE ? await findKey(header) : undefined;
    if (!key) throw new errors.JWKSNoMatchingKey();
    return key;
  };
  return {
    async verifyAccessToken(token) {
      // Also from callers without types, who may have found no token at all.
      if (typeof token !== 'string' || token.length > TOKEN_MAX_LENGTH) return undefined;
      try {
        const { payload } = await jwtVerify(token, getKey, checks);
        return read(payload);
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

function read(payload: JWTPayload): VerifiedToken | undefined {
  const subject = subjectOf(payload);
  if (!subject) return undefined;
  return {
    ...subject,
    tokenId: String(payload.jti),
    issuedAt: new Date(Number(payload.iat) * 1_000),
    expiresAt: new Date(Number(payload.exp) * 1_000),
    // Whoever signs it knows its shape; an issuer that is older than the claim leaves it out.
    entitlement: payload.ent as EntitlementSnapshot | undefined,
    claims: payload,
  };
}
