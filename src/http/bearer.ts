import { createMiddleware } from 'hono/factory';
import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import type { AppContext, AppEnv } from './router.ts';

export const API_KEY_HEADER = 'X-API-Key';
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** The token in an `Authorization` header; `undefined` where there is none of the right form. */
export const bearerTokenOf = (authorization: string | undefined): string | undefined =>
  BEARER.exec(authorization ?? '')?.[1];

/** As much of a request as says who is calling. */
export type Calling = {
  readonly req: { header(name: string): string | undefined };
  readonly var: Pick<AppContext['var'], 'claims' | 'keyHash'>;
};

/** Verifies the bearer token, when there is one; a bad one is only refused where one is needed. */
export const readBearer = createMiddleware<AppEnv>(async (c, next) => {
  const token = bearerTokenOf(c.req.header('Authorization'));
  c.set('claims', token ? await c.var.deps.accessTokens.verify(token) : undefined);
  await next();
});

/** Refuses a request without a token before anything of it is looked at. */
export const requireBearer = createMiddleware<AppEnv>(async (c, next) => {
  refuseTwoCredentials(c);
  requireClaims(c);
  await next();
});

/** Whoever sends both may mean either, and would not notice which one counts. */
export function refuseTwoCredentials(c: Pick<Calling, 'req'>): void {
  const hasBearer = /^Bearer\b/i.test(c.req.header('Authorization') ?? '');
  if (hasBearer && c.req.header(API_KEY_HEADER) !== undefined) throw new AppError('ambiguous_credentials');
}

/**
 * Whom the request speaks for.
 *
 * @throws {AppError} `invalid_token`
 */
export function requireClaims(c: { readonly var: Pick<AppContext['var'], 'claims'> }): AccessClaims {
  if (!c.var.claims) throw new AppError('invalid_token');
  return c.var.claims;
}
