import { createRoute } from '@hono/zod-openapi';
import { READING_PROBLEMS, reading } from '../http/admin-routes.ts';
import { callerOf } from '../http/api-key.ts';
import { json, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { toList } from './answers.ts';
import { AuditLogList, AuditQuery } from './audit-contract.ts';
import { type AuditLog, listAuditLogs } from './read-audit-logs.ts';

const listRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/audit-logs',
  summary: 'Who did what, the newest first',
  description: 'A key needs the scope `admin:read`.',
  request: { query: AuditQuery },
  responses: {
    200: json(AuditLogList, 'What administrators did, and what had to do with security.'),
    ...problems(...READING_PROBLEMS, 'validation_failed'),
  },
});

const toAuditLogResponse = ({ before, after, created_at, ...log }: AuditLog) => ({
  ...log,
  before: before ?? null,
  after: after ?? null,
  created_at: created_at.toISOString(),
});

/** The audit log. */
export const createAuditRoutes = () =>
  createRouter().openapi(listRoute, async (c) => {
    const { limit, offset, ...query } = c.req.valid('query');
    const filter = {
      adminId: query.admin_id,
      userId: query.user_id,
      targetType: query.target_type,
      targetId: query.target_id,
      action: query.action,
      createdFrom: query.created_from,
      createdTo: query.created_to,
    };
    const logs = await listAuditLogs(c.var.deps, callerOf(c), filter, { limit, offset });
    return c.json(toList(logs, { limit, offset }, toAuditLogResponse), 200);
  });
