import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import type { AppEnv } from './router.ts';

/**
 * One JSON line a request. The route is the pattern that matched and not the address, which may carry a token.
 */
export const logRequests = createMiddleware<AppEnv>(async (c, next) => {
  const started = Date.now();
  await next();
  logRequest({
    requestId: c.var.requestId,
    method: c.req.method,
    // After it in the list may stand the middleware of another app that is mounted at the same prefix.
    route: matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? null,
    status: c.res.status,
    started,
    userId: c.var.userId ?? c.var.claims?.userId,
    failure: c.error,
  });
});

/** The line of a request, however it came. */
export function logRequest(request: {
  readonly requestId: string;
  readonly method: string;
  readonly route: string | null;
  readonly status: number;
  /** By the same clock as `Date.now`. */
  readonly started: number;
  readonly userId: UserId | undefined;
  readonly failure: unknown;
}): void {
  const { status, userId, failure } = request;
  const line = {
    request_id: request.requestId,
    method: request.method,
    route: request.route,
    status,
    duration_ms: Date.now() - request.started,
    ...(userId && { user_id: userId }),
    ...(failure instanceof AppError && { code: failure.code }),
    ...(failure !== undefined && status >= 500 && { error: describe(failure) }),
  };
  console[status >= 500 ? 'error' : 'log'](JSON.stringify(line));
}

/** An error for the log: its name, message and where it was thrown, and the same of what lies behind it. */
export function describe(error: unknown): unknown {
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
