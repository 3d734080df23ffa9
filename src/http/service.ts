import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { AppError } from '../errors.ts';
import { readApiKey } from './api-key.ts';
import { readBearer } from './bearer.ts';
import { checkBody, checkQuery } from './body.ts';
import { logRequests } from './log.ts';
import { ownsRoute } from './own-routes.ts';
import { problemResponse } from './problem.ts';
import { limitRequests } from './rate-limit.ts';
import { isKnownOrigin } from './refresh-cookie.ts';
import { REQUEST_ID_MAX_LENGTH } from './request-id.ts';
import { type AppContext, type AppEnv, createRouter, type DepsResolver } from './router.ts';

export type ServiceOptions = {
  /** Gives what the routes work with; called once a request, may throw when the configuration is no good. */
  readonly deps: DepsResolver;
};

/** Read by a machine every few seconds, or by one that has no time to wait. */
const UNLIMITED = /\/(health(\/ready)?|stripe\/webhook)$/;

/** Takes a body byte by byte, because it is signed, and checks it itself. */
const RAW_BODY = /\/stripe\/webhook$/;

/** How long a browser may keep the answer to a preflight; the longest Chromium does. */
const PREFLIGHT_MAX_AGE_SECONDS = 7_200;

/**
 * A router that has all about it which every route of ours counts on: dependencies, request id, log line, headers,
 * CORS, limits, checked bodies, and failures as problems. Keeps no state: two of them with two sets of
 * dependencies do not meet.
 *
 * @param minds `everything` for an app that stands alone, whose 404 is ours too; mounted in another app, or beside
 *   others of its kind, it touches no request but those for its own routes
 */
export function createService({ deps }: ServiceOptions, minds: 'everything' | 'its routes' = 'its routes') {
  const app = createRouter();

  app.onError((error, c) => problemResponse(error, c.get('requestId')));
  app.notFound((c) => problemResponse(new AppError('not_found'), c.get('requestId')));

  const owns = ownsRoute(app);
  const use = (middleware: MiddlewareHandler<AppEnv>) =>
    app.use(minds === 'everything' ? middleware : (c, next) => (owns(c) ? middleware(c, next) : next()));

  use(requestId({ limitLength: REQUEST_ID_MAX_LENGTH }));
  use(logRequests);
  use(
    secureHeaders({
      strictTransportSecurity: 'max-age=63072000; includeSubDomains',
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      // The API is there for other sites' pages; who may read it is for CORS to say.
      crossOriginResourcePolicy: 'cross-origin',
    }),
  );
  use(async (c, next) => {
    // What a route may say otherwise: most answers are about a person, and none but a page needs a policy that allows
    // anything. On `c.res`, because what `c.header` prepares is lost when an error is answered.
    c.res.headers.set('Cache-Control', 'no-store');
    c.res.headers.set(
      'Content-Security-Policy',
      "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    c.set('deps', deps(c));
    await next();
  });
  use(
    cors({
      origin: (origin, c) => (isKnownOrigin(c as AppContext, origin) ? origin : null),
      credentials: true,
      allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowHeaders: ['Authorization', 'Content-Type', 'X-API-Key', 'X-Request-Id'],
      exposeHeaders: ['X-Request-Id', 'Retry-After'],
      maxAge: PREFLIGHT_MAX_AGE_SECONDS,
    }),
  );
  use(readBearer);
  use(readApiKey);
  use(async (c, next) => (UNLIMITED.test(c.req.path) ? next() : limitRequests(c, next)));
  use(checkQuery);
  use(async (c, next) => (RAW_BODY.test(c.req.path) ? next() : checkBody(c, next)));
  return app;
}
