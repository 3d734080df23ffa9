/**
 * What a Worker beside this one may ask over a service binding, without HTTP: the types of the entrypoint `Tollgate`.
 * In the other Worker: `interface Env { AUTH: Service<TollgateService> }`.
 */

import type { User } from './auth/contract.ts';
import type { Scope } from './auth/scopes.ts';
import type { Tier } from './billing/access.ts';
import type { ErrorCode } from './errors.ts';
import type { Problem } from './http/problem.ts';
import type { Entitlements, Recorded, UsageRequest } from './usage/contract.ts';

export type { Entitlements, ErrorCode, Recorded, Scope, Tier, UsageRequest, User };

/**
 * Who is calling, in the caller's own words: a request as it came, its headers, or what stood in them. It is judged
 * anew each time; nobody can name an account without a credential of it. A `Request` is handed over with its body, so
 * give the headers where the body is still to be read.
 */
export type Credentials =
  | Request
  | Headers
  | {
      /** As in HTTP, `Bearer …`. */
      readonly authorization?: string | null | undefined;
      /** What stood in `X-API-Key`. Both of them are refused. */
      readonly apiKey?: string | null | undefined;
      /** The caller's address, for the limits that count by network. Without it they don't apply. */
      readonly ip?: string | null | undefined;
    };

/** What is asked of the caller besides. */
export type Demands = {
  /** What a key has to be allowed; by default `profile:read`. A session is allowed everything. */
  readonly scope?: Scope;
  /** Let an account through whose mailbox is not proven yet. */
  readonly unverified?: boolean;
  /** Let nobody through but an administrator. */
  readonly admin?: boolean;
};

/** No answer is ever thrown: a failure is one of these, with the code and status that HTTP would have had. */
export type Refusal = Omit<Problem, 'code'> & {
  readonly ok: false;
  readonly code: ErrorCode;
  /** With 429 and 503: when trying again makes sense, in seconds. */
  readonly retry_after?: number;
};
export type Answer<T> = ({ readonly ok: true } & T) | Refusal;

/** Who it is, and what the account has at this moment. */
export type Authenticated = {
  readonly user: User;
  /** What the key may do; left out for a session, which may do everything. */
  readonly scopes?: readonly Scope[];
  readonly tier: Tier;
  /** The code of the plan that is paid or granted; null for an account that has nothing but the free tier. */
  readonly plan: string | null;
};

export interface TollgateMethods {
  /** The account behind a credential. One round trip to the database. */
  authenticate(credentials: Credentials, demands?: Demands): Promise<Answer<Authenticated>>;
  /** The same, when its plan is of the tier or of a higher one; else 402 `plan_required`. One round trip. */
  requirePlan(credentials: Credentials, tier: Tier, demands?: Demands): Promise<Answer<Authenticated>>;
  /** `POST /usage`: counted once for its key, and not at all with 402 `limit_exceeded`. A key needs `usage:write`. */
  recordUsage(credentials: Credentials, usage: UsageRequest): Promise<Answer<Recorded>>;
  /** `GET /billing/entitlements`: tier, limits, usage and features. A key needs `billing:read`. */
  entitlements(credentials: Credentials): Promise<Answer<Entitlements>>;
}

export interface TollgateService extends TollgateMethods, Rpc.WorkerEntrypointBranded {}

/** A refusal as the answer to an HTTP request, as this service would have answered it itself (RFC 9457). */
export function refusalResponse({ ok: _, retry_after, ...problem }: Refusal): Response {
  const headers = new Headers({ 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' });
  if (retry_after !== undefined) headers.set('Retry-After', String(retry_after));
  if (problem.status === 401) headers.set('WWW-Authenticate', `Bearer error="${problem.code}"`);
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
