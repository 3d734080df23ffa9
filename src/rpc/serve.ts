import type { Caller } from '../auth/ports.ts';
import { callerOf } from '../http/api-key.ts';
import { logRequest } from '../http/log.ts';
import { problemOf } from '../http/problem.ts';
import { countRequest } from '../http/rate-limit.ts';
import { requestIdOf } from '../http/request-id.ts';
import type { Deps } from '../http/router.ts';
import type { UserId } from '../ids.ts';
import type { Answer, Credentials } from '../rpc.ts';
import { headersOf, identify } from './calling.ts';

export type ServeOptions = {
  /** Gives what a call works with; called once a call, may throw when the configuration is no good. */
  readonly deps: () => Deps;
};

/**
 * One call over a service binding, with all about it that a request over HTTP has: the credential, the limits, a line
 * in the log, and the failure as a problem. It answers whatever happens, because an error that is thrown through a
 * binding arrives as its message alone.
 */
export async function serve<T extends object>(
  { deps: resolve }: ServeOptions,
  method: string,
  credentials: Credentials,
  act: (deps: Deps, caller: Caller) => Promise<{ readonly userId: UserId; readonly answer: T }>,
): Promise<Answer<T>> {
  const started = Date.now();
  const known: { requestId: string; userId: UserId | undefined } = {
    requestId: crypto.randomUUID(),
    userId: undefined,
  };
  const log = (status: number, failure?: unknown) =>
    logRequest({ ...known, method: 'RPC', route: `Tollgate.${method}`, status, started, failure });
  try {
    const req = headersOf(credentials);
    known.requestId = requestIdOf(req.header('X-Request-Id'));
    const deps = resolve();
    const calling = await identify(deps, req);
    known.userId = calling.var.claims?.userId;
    await countRequest(deps, calling.var, req.header('CF-Connecting-IP'));
    const { userId, answer } = await act(deps, callerOf(calling));
    known.userId = userId;
    log(200);
    return { ok: true, ...answer };
  } catch (error) {
    const { problem, retryAfterSeconds } = problemOf(error, known.requestId);
    log(problem.status, error);
    return {
      ok: false,
      ...problem,
      ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    };
  }
}
