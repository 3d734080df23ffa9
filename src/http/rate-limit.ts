import { createMiddleware } from 'hono/factory';
import { AppError } from '../errors.ts';
import { clientOf, networkOf } from './client-address.ts';
import type { Permit } from './ports.ts';
import type { AppContext, AppEnv } from './router.ts';

/** Whoever a request counts for: the account of a verified token, or else the network it comes from. */
const callerOf = (c: AppContext): string =>
  c.var.claims ? `user:${c.var.claims.userId}` : `net:${networkOf(clientOf(c).ip ?? 'unknown')}`;

/** Few requests a minute and client, for a route that takes a credential or sends a mail. */
export const limitCredentials = (route: string) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { credentialCounter, settings } = c.var.deps;
    const recorded = admit(
      await credentialCounter.take(`limit:${route}:${callerOf(c)}`, settings.RATE_LIMIT_CREDENTIALS),
    );
    // Counted while the request is worked on, and before it is answered: the next one must find it.
    await next();
    await recorded;
  });

/** A generous limit for everything else that does work. */
export const limitRequests = createMiddleware<AppEnv>(async (c, next) => {
  const { requestCounter, settings } = c.var.deps;
  await admit(await requestCounter.take(`limit:${callerOf(c)}`, settings.RATE_LIMIT_DEFAULT));
  await next();
});

function admit(permit: Permit): Promise<void> {
  if (permit.allowed) return permit.recorded;
  throw new AppError('rate_limited', { retryAfterSeconds: permit.retryAfterSeconds });
}
