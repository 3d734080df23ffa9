import { createRoute } from '@hono/zod-openapi';
import { toUsageResponse } from '../billing/answers.ts';
import { callerOf, requireBearerOrKey } from '../http/api-key.ts';
import { BODY_PROBLEMS, json, jsonBody, KEY_PROBLEMS, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { toEntitlementsResponse } from './answers.ts';
import * as contract from './contract.ts';
import { readEntitlements, readUsage } from './read-usage.ts';
import { recordUsage } from './record-usage.ts';

const shared = { security: [{ bearer: [] }, { apiKey: [] }], middleware: requireBearerOrKey };
const GUARD_PROBLEMS = ['invalid_token', 'account_disabled', 'email_not_verified', ...KEY_PROBLEMS] as const;

const recordRoute = createRoute({
  ...shared,
  method: 'post',
  path: '/usage',
  tags: ['Usage'],
  summary: 'Count what was used, unless it is more than the plan allows',
  description: 'A key needs the scope `usage:write`. What is refused is not counted.',
  request: { body: jsonBody(contract.UsageRequest) },
  responses: {
    200: json(contract.Recorded, 'Counted. The same report again gets the same answer.'),
    ...problems(...GUARD_PROBLEMS, ...BODY_PROBLEMS, 'limit_exceeded', 'idempotency_conflict'),
  },
});

const usageRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/usage',
  tags: ['Usage'],
  summary: 'What was used in the period that runs',
  description: 'A key needs the scope `usage:read`.',
  responses: {
    200: json(contract.Usage, 'The period and its metrics.'),
    ...problems(...GUARD_PROBLEMS),
  },
});

const entitlementsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/billing/entitlements',
  tags: ['Billing'],
  summary: 'Everything that the account may do by its plan, and how much of it is left',
  description: 'A key needs the scope `billing:read`. As the database has it at this moment.',
  responses: {
    200: json(contract.Entitlements, 'Tier, limits, usage and features.'),
    ...problems(...GUARD_PROBLEMS),
  },
});

/** Counting what is used, and what may be. */
export function createUsageRoutes() {
  return createRouter()
    .openapi(recordRoute, async (c) => {
      const { metric, quantity, idempotency_key } = c.req.valid('json');
      const report = { metric, quantity, idempotencyKey: idempotency_key };
      const { user, recorded } = await recordUsage(c.var.deps, callerOf(c), report);
      c.set('userId', user.id);
      return c.json(recorded, 200);
    })
    .openapi(usageRoute, async (c) => {
      const { user, usage, periodStart, periodEnd } = await readUsage(c.var.deps, callerOf(c));
      c.set('userId', user.id);
      return c.json(
        {
          period_start: periodStart.toISOString(),
          period_end: periodEnd.toISOString(),
          data: usage.map(toUsageResponse),
        },
        200,
      );
    })
    .openapi(entitlementsRoute, async (c) => {
      const entitlements = await readEntitlements(c.var.deps, callerOf(c));
      c.set('userId', entitlements.user.id);
      return c.json(toEntitlementsResponse(entitlements), 200);
    });
}
