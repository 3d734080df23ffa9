import type { Administrator } from '../auth/administrator.ts';
import { requireClaims } from './bearer.ts';
import { originOf } from './client-address.ts';
import type { AppContext } from './router.ts';

/**
 * Whoever sent the request, for a use case that asks for an administrator; whether it is one is for `authorize` to say.
 *
 * @throws {AppError} `invalid_token`
 */
export const administratorOf = (c: AppContext): Administrator => ({
  claims: requireClaims(c),
  origin: originOf(c),
});
