import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { concernsAccount } from '../audit/audit.ts';
import type { Caller } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import { countUpTo, createdWithin, type Listed, listed, type Page, slice, where } from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';

/** What of the audit log is listed. */
export type AuditFilter = {
  readonly adminId?: string | undefined;
  /** What the account did, and what was done to it. */
  readonly userId?: string | undefined;
  readonly targetType?: string | undefined;
  readonly targetId?: string | undefined;
  /** One, or with a `*` at the end all that begin so. */
  readonly action?: string | undefined;
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
};

const auditLog = z.object({
  id: z.string(),
  admin_id: z.string().nullable(),
  admin_email: z.string().nullable(),
  user_id: z.string().nullable(),
  user_email: z.string().nullable(),
  action: z.string(),
  target_type: z.string(),
  target_id: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  request_id: z.string().nullable(),
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  created_at: instant,
});
export type AuditLog = z.output<typeof auditLog>;

/** The audit log, the newest first. One round trip. */
export async function listAuditLogs(
  deps: AdminDeps,
  caller: Caller,
  filter: AuditFilter,
  page: Page,
): Promise<Listed<AuditLog>> {
  const { rows: find, count } = auditLogsBy(filter, page);
  const [rows, [counted]] = await readAsAdministrator(deps, caller, [find, count]);
  return listed(rows, counted?.total, page, false);
}

/** Rows of the audit log, the newest first, and how they are counted. */
export function auditLogsBy(filter: AuditFilter, page: Page) {
  const matching = sql`admin_audit_logs AS log WHERE ${matches(filter)}`;
  return {
    rows: statement(
      auditLog,
      sql`SELECT log.id, log.admin_id, admins.email AS admin_email, log.user_id, users.email AS user_email, log.action,
                 log.target_type, log.target_id, log.before, log.after, log.request_id, log.ip, log.user_agent,
                 log.created_at
          FROM (SELECT * FROM ${matching} ORDER BY log.created_at DESC, log.id DESC ${slice(page)}) AS log
          LEFT JOIN users AS admins ON admins.id = log.admin_id
          LEFT JOIN users ON users.id = log.user_id
          ORDER BY log.created_at DESC, log.id DESC`,
    ),
    count: countUpTo(matching),
  };
}

function matches({ adminId, userId, targetType, targetId, action, ...created }: AuditFilter): SQL {
  return where([
    given(adminId, (id) => sql`log.admin_id = ${id}::uuid`),
    given(userId, (id) => concernsAccount(sql`log`, id)),
    given(targetType, (type) => sql`log.target_type = ${type}`),
    given(targetId, (id) => sql`log.target_id = ${id}`),
    given(action, ofAction),
    ...createdWithin(sql`log.created_at`, created),
  ]);
}

const given = (value: string | undefined, condition: (value: string) => SQL): SQL | undefined =>
  value === undefined ? undefined : condition(value);

const ofAction = (action: string) =>
  action.endsWith('*')
    ? sql`log.action LIKE ${`${action.slice(0, -1).replaceAll('_', '\\_')}%`}`
    : sql`log.action = ${action}`;
