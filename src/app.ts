import { createAuditRoutes } from './admin/audit-routes.ts';
import { createApiKeyRoutes } from './api-keys/routes.ts';
import { createAuthRoutes } from './auth/routes.ts';
import { createBillingRoutes } from './billing/routes.ts';
import { createService, type ServiceOptions } from './http/service.ts';
import { docsPage } from './system/docs.ts';
import { createHealthRoutes } from './system/health.ts';
import { createUsageRoutes } from './usage/routes.ts';

/** Registration, sign-in and sessions, to be mounted in an app of your own; APP_URL is the address it is mounted at. */
export const createAuthRouter = (options: ServiceOptions) =>
  createService(options).route('/', createAuthRoutes());

/** API keys, and accounts that platforms make by them, likewise. */
export const createApiKeysRouter = (options: ServiceOptions) =>
  createService(options).route('/', createApiKeyRoutes());

/** Plans and subscriptions, likewise. */
export const createBillingRouter = (options: ServiceOptions) =>
  createService(options).route('/', createBillingRoutes());

/** Usage and entitlements, likewise. */
export const createUsageRouter = (options: ServiceOptions) =>
  createService(options).route('/', createUsageRoutes());

/** Liveness and readiness, likewise. */
export const createHealthRouter = (options: ServiceOptions) =>
  createService(options).route('/', createHealthRoutes());

/** The whole service as one Hono app. */
export function createApp(options: ServiceOptions) {
  const routes = createService(options, 'everything')
    .route('/', createAuthRoutes())
    .route('/', createApiKeyRoutes())
    .route('/', createBillingRoutes())
    .route('/', createUsageRoutes())
    .route('/', createAuditRoutes())
    .route('/', createHealthRoutes());

  routes.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  routes.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'Never together with a bearer token.',
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
