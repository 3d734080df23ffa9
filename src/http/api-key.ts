import { createMiddleware } from 'hono/factory';
import { hashApiKey } from '../auth/api-key.ts';
import type { Caller } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import { API_KEY_HEADER, type Calling, refuseTwoCredentials, requireClaims } from './bearer.ts';
import type { AppEnv } from './router.ts';

/** Reads the API key, when there is one; a malformed one is only refused where one is taken. */
export const readApiKey = createMiddleware<AppEnv>(async (c, next) => {
  const key = c.req.header(API_KEY_HEADER);
  c.set('keyHash', key === undefined ? undefined : await hashApiKey(key));
  await next();
});

/** Refuses a request without a token or a key before anything of it is looked at. */
export const requireBearerOrKey = createMiddleware<AppEnv>(async (c, next) => {
  callerOf(c);
  await next();
});

/** The same where a token does not do. */
export const requireKey = createMiddleware<AppEnv>(async (c, next) => {
  keyCallerOf(c);
  await next();
});

/**
 * Whom the request speaks for, by an access token or a key.
 *
 * @throws {AppError} `invalid_token`, `api_key_invalid`, `ambiguous_credentials`
 */
export const callerOf = (c: Calling): Caller =>
  c.req.header(API_KEY_HEADER) === undefined ? { claims: requireClaims(c) } : keyCallerOf(c);

/** The same, by a key alone. */
export function keyCallerOf(c: Calling): Caller {
  refuseTwoCredentials(c);
  if (!c.var.keyHash) throw new AppError('api_key_invalid');
  return { keyHash: c.var.keyHash };
}
