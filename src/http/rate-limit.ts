import { createMiddleware } from 'hono/factory';
import { AppError } from '../errors.ts';
import { clientOf, networkOf } from './client-address.ts';
import type { Permit } from './ports.ts';
import type { AppContext, AppEnv, Deps } from './router.ts';

/**
 * How many keys' worth of requests one network may send. Anybody can think up keys, and each would have a counter of
 * its own; which of them are real nobody knows before the database is asked.
 */
const KEYS_PER_NETWORK = 20;

/** Whoever a request counts for: the account of a verified token, or else the network it comes from. */
const clientKey = (c: AppContext): string => accountOrNetwork(c.var, clientOf(c).ip ?? 'unknown');

const accountOrNetwork = ({ claims }: Identified, ip: string): string =>
  claims ? `user:${claims.userId}` : `net:${networkOf(ip)}`;

type Identified = Pick<AppContext['var'], 'claims' | 'keyHash'>;

/** Few requests a minute and client, for a route that takes a credential or sends a mail. */
export const limitCredentials = (route: string) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const { credentialCounter, settings } = c.var.deps;
    const recorded = admit(
      await credentialCounter.take(`limit:${route}:${clientKey(c)}`, settings.RATE_LIMIT_CREDENTIALS),
    );
    // Counted while the request is worked on, and before it is answered: the next one must find it.
    await next();
    await recorded;
  });

/** Likewise few questions to the language model: each is several calls of it, and costs. */
export const limitQuestions = createMiddleware<AppEnv>(async (c, next) => {
  const { credentialCounter, settings } = c.var.deps;
  const recorded = admit(
    await credentialCounter.take(`limit:questions:${clientKey(c)}`, settings.RATE_LIMIT_AI),
  );
  await next();
  await recorded;
});

/** A generous limit for everything else that does work. An API key has its own, wherever it is used from. */
export const limitRequests = createMiddleware<AppEnv>(async (c, next) => {
  await countRequest(c.var.deps, c.var, clientOf(c).ip ?? 'unknown');
  await next();
});

/**
 * Counts a request, however it came.
 *
 * @param ip without one nothing is counted for a network
 * @throws {AppError} `rate_limited`
 */
export async function countRequest(
  { requestCounter, settings }: Pick<Deps, 'requestCounter' | 'settings'>,
  identified: Identified,
  ip: string | undefined,
): Promise<void> {
  const { claims, keyHash } = identified;
  const limit = settings.RATE_LIMIT_DEFAULT;
  const client = claims || ip !== undefined ? accountOrNetwork(identified, ip ?? '') : undefined;
  if (keyHash && client) {
    const wide = { ...limit, requests: limit.requests * KEYS_PER_NETWORK };
    await admit(await requestCounter.take(`limit:keys:${client}`, wide));
  }
  const counted = keyHash ? `key:${keyHash}` : client;
  if (counted) await admit(await requestCounter.take(`limit:${counted}`, limit));
}

function admit(permit: Permit): Promise<void> {
  if (permit.allowed) return permit.recorded;
  throw new AppError('rate_limited', { retryAfterSeconds: permit.retryAfterSeconds });
}
