import * as z from 'zod';

export const PROVIDERS = ['google', 'github'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** What a provider says of whoever signed in there. */
export type ProviderIdentity = {
  /** The provider's own id of the account: the only thing it is known by here. */
  readonly subject: string;
  /** Lower case; null when the provider named none that mail can reach. */
  readonly email: string | null;
  /** Whether the provider vouches that the address is its owner's. */
  readonly emailVerified: boolean;
  /** The handle the account has there. */
  readonly login?: string | undefined;
  readonly name?: string | undefined;
};

/** A service whose accounts sign in here: the authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636). */
export interface OAuthProvider {
  /** Where to send the browser. `verifier` goes along as its SHA-256. */
  authorizationUrl(state: string, verifier: string): string;
  /**
   * Exchanges the code and asks who it is, within seconds.
   *
   * @throws {AppError} `oauth_provider_error` for whatever else happens; what the provider said is not passed on
   */
  identify(code: string, verifier: string): Promise<ProviderIdentity>;
}

/** A sign-in that was begun, as it waits for the browser to come back. */
export const PendingSignIn = z.object({
  provider: z.enum(PROVIDERS),
  /** What the state was given out for; one made for anything else is worth nothing here. */
  purpose: z.literal('login'),
  verifier: z.string(),
  /** SHA-256 of the cookie of the browser that began. */
  browserHash: z.string(),
  redirectTo: z.string().nullable(),
  /** Milliseconds since the epoch. */
  expiresAt: z.number(),
});
export type PendingSignIn = z.infer<typeof PendingSignIn>;

/** Sign-ins that were begun, by the hash of their state. Best effort: it may give one out twice. */
export interface PendingSignIns {
  put(stateHash: string, pending: PendingSignIn, ttlSeconds: number): Promise<void>;
  get(stateHash: string): Promise<PendingSignIn | undefined>;
  /** Never fails: what is left over expires. */
  drop(stateHash: string): Promise<void>;
}

export type OAuthDeps = {
  /** Those that are configured. */
  readonly providers: Readonly<Partial<Record<ProviderName, OAuthProvider>>>;
  readonly pending: PendingSignIns;
};
