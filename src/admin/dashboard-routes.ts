import { createRoute } from '@hono/zod-openapi';
import { READING_PROBLEMS, reading } from '../http/admin-routes.ts';
import { callerOf } from '../http/api-key.ts';
import { json, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { DashboardStats } from './dashboard-contract.ts';
import { readDashboard } from './read-dashboard.ts';

const statsRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/dashboard/stats',
  summary: 'Totals, and the last 30 days',
  responses: { 200: json(DashboardStats, 'At this moment.'), ...problems(...READING_PROBLEMS) },
});

/** What a dashboard shows. */
export function createDashboardRoutes() {
  return createRouter().openapi(statsRoute, async (c) =>
    c.json(await readDashboard(c.var.deps, callerOf(c)), 200),
  );
}
