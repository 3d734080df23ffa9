import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { json, problemsOnly } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { reachDatabase } from './reach-database.ts';

const Health = z
  .object({ service: z.string(), status: z.literal('ok'), timestamp: z.iso.datetime() })
  .meta({ id: 'Health' });

const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  tags: ['System'],
  summary: 'Whether the service runs; asks nobody else',
  responses: { 200: json(Health, 'It runs.'), ...problemsOnly('misconfigured') },
});

const readyRoute = createRoute({
  method: 'get',
  path: '/health/ready',
  tags: ['System'],
  summary: 'Whether the service can work: its key is one, and the database answers',
  responses: { 200: json(Health, 'It can.'), ...problemsOnly('misconfigured', 'database_unavailable') },
});

/** Liveness and readiness. */
export function createHealthRoutes() {
  return createRouter()
    .openapi(healthRoute, (c) => c.json(healthy(c.var.deps.settings.APP_NAME), 200))
    .openapi(readyRoute, async (c) => {
      await c.var.deps.accessTokens.publicKeys();
      await reachDatabase(c.var.deps.db);
      return c.json(healthy(c.var.deps.settings.APP_NAME), 200);
    });
}

const healthy = (service: string) => ({
  service,
  status: 'ok' as const,
  timestamp: new Date().toISOString(),
});
