import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { createAuthRouter } from './auth/routes.ts';
import { AppError } from './errors.ts';
import { readBearer } from './http/bearer.ts';
import { checkBody } from './http/body.ts';
import { logRequests } from './http/log.ts';
import { problemResponse } from './http/problem.ts';
import { limitRequests } from './http/rate-limit.ts';
import { isKnownOrigin } from './http/refresh-cookie.ts';
import { type AppContext, createRouter, type DepsResolver } from './http/router.ts';
import { docsPage } from './system/docs.ts';
import { createHealthRouter } from './system/health.ts';

export type AppOptions = {
  /** Gives what the routes work with; called once a request, may throw when the configuration is no good. */
  readonly deps: DepsResolver;
};

/** Read by a machine every few seconds, or by one that has no time to wait. */
const UNLIMITED = /^\/health(\/|$)/;

/** How long a browser may keep the answer to a preflight; the longest Chromium does. */
const PREFLIGHT_MAX_AGE_SECONDS = 7_200;

/** The whole service as one Hono app. Keeps no state: two apps with two sets of dependencies do not meet. */
export function createApp({ deps }: AppOptions) {
  const app = createRouter();

  app.onError((error, c) => problemResponse(error, c.get('requestId')));
  app.notFound((c) => problemResponse(new AppError('not_found'), c.get('requestId')));

  app.use(requestId({ limitLength: 128 }));
  app.use(logRequests);
  app.use(
    secureHeaders({
      strictTransportSecurity: 'max-age=63072000; includeSubDomains',
      xFrameOptions: 'DENY',
      referrerPolicy: 'no-referrer',
      // The API is there for other sites' pages; who may read it is for CORS to say.
      crossOriginResourcePolicy: 'cross-origin',
    }),
  );
  app.use(async (c, next) => {
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
  app.use(
    cors({
      origin: (origin, c) => (isKnownOrigin(c as AppContext, origin) ? origin : null),
      credentials: true,
      allowMethods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
      allowHeaders: ['Authorization', 'Content-Type', 'X-API-Key', 'X-Request-Id'],
      exposeHeaders: ['X-Request-Id', 'Retry-After'],
      maxAge: PREFLIGHT_MAX_AGE_SECONDS,
    }),
  );
  app.use(readBearer);
  app.use(async (c, next) => (UNLIMITED.test(c.req.path) ? next() : limitRequests(c, next)));
  app.use(checkBody);

  const routes = app.route('/', createAuthRouter()).route('/', createHealthRouter());

  routes.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  routes.openAPIRegistry.registerComponent('securitySchemes', 'refreshCookie', {
    type: 'apiKey',
    in: 'cookie',
    name: 'refresh_token',
    description: 'Over https its name is `__Host-refresh_token`.',
  });
  routes.get('/docs', docsPage);
  routes.get('/openapi.json', (c) => {
    c.header('Cache-Control', 'public, max-age=300');
    return c.json(
      routes.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: `${c.var.deps.settings.APP_NAME} API`,
          version: '1',
          description: 'Failures are RFC 9457 problems, `application/problem+json`, with a stable `code`.',
        },
        servers: [{ url: c.var.deps.settings.APP_URL }],
      }),
    );
  });
  return routes;
}

/** The type of the app, for the typed client. */
export type AppType = ReturnType<typeof createApp>;
