import type { SignedIn } from './accounts.ts';
import type { Service } from './service.ts';

export type Mode = 'preview' | 'count' | 'csv';

/** What `POST /admin/sql` answers, of all modes together. */
export type SqlAnswer = {
  columns: string[];
  rows: unknown[][];
  row_count: number;
  truncated: boolean;
  export: { id: string; url: string; expires_at: string };
  code: string;
  detail: string;
};

/** One query of an administrator's. */
export async function runSql(service: Service, admin: SignedIn, sql: string, mode: Mode = 'preview') {
  const response = await service.post('/admin/sql', { sql, mode }, { token: admin.token });
  return { status: response.status, ...(await response.json<SqlAnswer>()) };
}

/** What the audit log has of an administrator, the oldest first. */
export async function auditOf(service: Service, admin: SignedIn) {
  const rows = await service.sql(
    'SELECT action, target_type, target_id, after FROM admin_audit_logs WHERE admin_id = $1 ORDER BY created_at, id',
    [admin.id],
  );
  return rows as { action: string; target_type: string; target_id: string; after: Record<string, unknown> }[];
}
