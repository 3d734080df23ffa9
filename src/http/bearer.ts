import { createMiddleware } from 'hono/factory';
import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import type { AppContext, AppEnv } from './router.ts';

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Verifies the bearer token, when there is one; a bad one is only refused where one is needed. */
export const readBearer = createMiddleware<AppEnv>(async (c, next) => {
  const token = BEARER.exec(c.req.header('Authorization') ?? '')?.[1];
  c.set('claims', token ? await c.var.deps.accessTokens.verify(token) : undefined);
  await next();
});

/** Refuses a request without a token before anything of it is looked at. */
export const requireBearer = createMiddleware<AppEnv>(async (c, next) => {
  requireClaims(c);
  await next();
});

/**
 * Whom the request speaks for.
 *
 * @throws {AppError} `invalid_token`
 */
export function requireClaims(c: { readonly var: Pick<AppContext['var'], 'claims'> }): AccessClaims {
  if (!c.var.claims) throw new AppError('invalid_token');
  return c.var.claims;
}
