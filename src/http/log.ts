import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { AppError } from '../errors.ts';
import type { AppEnv } from './router.ts';

/**
 * One JSON line a request. The route is the pattern that matched and not the address, which may carry a token.
 */
export const logRequests = createMiddleware<AppEnv>(async (c, next) => {
  const started = Date.now();
  await next();
  const failure = c.error;
  const expected = failure instanceof AppError;
  const userId = c.var.userId ?? c.var.claims?.userId;
  const line = {
    request_id: c.var.requestId,
    method: c.req.method,
    // After it in the list may stand the middleware of another app that is mounted at the same prefix.
    route: matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? null,
    status: c.res.status,
    duration_ms: Date.now() - started,
    ...(userId && { user_id: userId }),
    ...(expected && { code: failure.code }),
    ...(failure && c.res.status >= 500 && { error: describe(failure) }),
  };
  console[c.res.status >= 500 ? 'error' : 'log'](JSON.stringify(line));
});

/** An error for the log: its name, message and where it was thrown, and the same of what lies behind it. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error;
  return {
    name: error.name,
    message: error.message,
    at: error.stack
      ?.split('\n')
      .slice(1, 6)
      .map((line) => line.trim()),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
}
