import type { SQL } from 'drizzle-orm';
import type * as z from 'zod';
import type { Origin } from '../audit/audit.ts';
import type { Db, Statement } from '../db/client.ts';
import type { OutboxId, SessionId, UserId } from '../ids.ts';
import type { Settings } from '../settings.ts';
import type { KeyedHash } from './keyed-hash.ts';
import type { OAuthDeps } from './oauth-ports.ts';
import type { User } from './store.ts';

/** Hashes passwords. The encoded form is a PHC string, so parameters can be raised without a migration. */
export interface PasswordHasher {
  /** Hashes with the current parameters and a fresh 128-bit salt; answers a PHC string. */
  hash(password: string): Promise<string>;
  /** Whether `password` made `encoded`. A malformed `encoded` throws: it is a broken row, not a wrong password. */
  verify(encoded: string, password: string): Promise<boolean>;
  /** Does the work of a {@link verify} that fails, for an account that has no password or does not exist. */
  verifyNothing(password: string): Promise<false>;
  /** Whether `encoded` was made with weaker parameters than {@link hash} uses now. */
  needsRehash(encoded: string): boolean;
}

/** Passwords that are known from breaches. */
export interface BreachedPasswords {
  /** False also when it can't be found out in time. */
  includes(password: string): Promise<boolean>;
}

/** Who an access token speaks for. */
export type AccessClaims = { readonly userId: UserId; readonly sessionId: SessionId };

/** Who is calling: a session by its verified token, or an API key by its SHA-256. */
export type Caller = { readonly claims: AccessClaims } | { readonly keyHash: string };

/** Public keys, as RFC 7517 writes them. */
export type PublicKeySet = { readonly keys: readonly Readonly<Record<string, unknown>>[] };

/** Signs and verifies access tokens (RFC 7519; `typ: at+jwt` as in RFC 9068 §2.1). */
export interface AccessTokens {
  /** @param added claims for others to read; they take the place of none of ours, and we never go by them */
  sign(claims: AccessClaims, added?: Readonly<Record<string, unknown>>): Promise<string>;
  /** The claims of a token that is ours, of this kind and not expired; `undefined` for anything else. */
  verify(token: string): Promise<AccessClaims | undefined>;
  /** What others verify with; empty under HS256. */
  publicKeys(): Promise<PublicKeySet>;
}

/** What the use cases of this folder work with. */
export type AuthDeps = {
  readonly settings: Settings;
  readonly db: Db;
  readonly passwords: PasswordHasher;
  /** Left out where nobody is asked (PASSWORD_BREACH_CHECK). */
  readonly breachedPasswords?: BreachedPasswords;
  readonly accessTokens: AccessTokens;
  /** Under REFRESH_SECRET_KEY: successors of refresh tokens. */
  readonly refreshHash: KeyedHash;
  /** Under VALIDATION_SECRET_KEY: mailed links, and addresses where only their equality matters. */
  readonly validationHash: KeyedHash;
  /** Whether there is a way to send mail at all. */
  readonly mailConfigured: boolean;
  /** Tells the queue of a mail that was just written; never fails, the sweep finds what it misses. */
  readonly announceMail: (id: OutboxId) => void;
  /**
   * What has to end elsewhere before an account is deleted, such as a subscription. Called in order before the
   * deletion, and again when it is tried again: each has to bear being repeated. One that throws stops the deletion.
   */
  readonly accountClosing: readonly ((user: User) => Promise<void>)[];
  /** What follows from a deactivation: written after it in the same transaction, and nothing where there was none. */
  readonly accountDeactivated: readonly ((userId: UserId) => Statement<z.ZodType>)[];
  /** What else is held about an account, for its export; read in the same round trip. */
  readonly accountHoldings: readonly AccountHolding[];
  /** The condition under which an account may use API keys; auth knows no plans. */
  readonly mayUseKeys: (userId: SQL) => SQL;
  /** Claims that access tokens carry besides, by name: read as `jsonb` in the statement that begins or continues a session. */
  readonly tokenClaims: TokenClaims;
  /** Sign-in at Google and GitHub. */
  readonly oauth: OAuthDeps;
};

/** What an access token says of an account for others to read, by the name of the claim. */
export type TokenClaims = Readonly<Record<string, (userId: SQL) => SQL>>;

/** A list in the export of an account, under its name. */
export type AccountHolding = {
  readonly name: string;
  /** Rows as they go out: snake_case, instants in ISO 8601, no hash and no key. */
  readonly rows: (userId: UserId) => Statement<z.ZodType<Readonly<Record<string, unknown>>>>;
};

/** Where a request came from, as the edge saw it. */
export type ClientInfo = Origin & {
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  readonly city: string | null;
};
