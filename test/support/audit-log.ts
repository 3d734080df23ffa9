import type { Origin } from '../../src/audit/audit.ts';
import type { Service } from './service.ts';

/** Where a use case is told that it is called from. */
export const ORIGIN: Origin = { requestId: 'a request', ip: null, userAgent: null };

/** What the log has of an event, the oldest first. */
export const auditRows = (service: Service, action: string, targetId: string) =>
  service.sql(
    `SELECT admin_id, user_id, target_type, before, after, request_id, ip, user_agent FROM admin_audit_logs
     WHERE action = $1 AND target_id = $2 ORDER BY created_at, id`,
    [action, targetId],
  );
