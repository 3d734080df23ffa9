import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type AuditEntry, auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import type { ExportId } from '../ids.ts';

/** What is about to be done, as the audit log keeps it. */
export type Act = {
  readonly action: AuditEntry['action'];
  readonly details: Readonly<Record<string, unknown>>;
};

/** Questions have no row of their own that an audit row could name. */
const TARGET = { type: 'database', id: 'reporting' } as const;

/** Writes an act down, before it is done. No row: they are no administrator, and it must not be. */
export const recordAct = (admin: Administrator, { action, details }: Act) =>
  statement(
    done,
    sql`WITH audited AS (
          SELECT ${TARGET.id} AS target_id, NULL::jsonb AS before, ${JSON.stringify(details)}::jsonb AS after
          WHERE ${stillAdministrator(admin)}
        ),
        ${auditCte(actorOf(admin), { action, targetType: TARGET.type })}
        SELECT 1 AS done FROM audited`,
  );

const EXPORT_LIFETIME = sql.raw(`interval '1 hour'`);
const exportTarget: Pick<AuditEntry, 'targetType'> = { targetType: 'export' };

/** Makes an export of a query. No row: they are no administrator. */
export const insertExport = (admin: Administrator, query: string) =>
  statement(
    z.object({ id: id<ExportId>(), expires_at: instant }),
    sql`WITH made AS (
          INSERT INTO admin_exports (admin_id, sql, expires_at)
          SELECT ${admin.claims.userId}::uuid, ${query}, now() + ${EXPORT_LIFETIME} WHERE ${stillAdministrator(admin)}
          RETURNING *
        ),
        audited AS (
          SELECT id AS target_id, NULL::jsonb AS before, jsonb_build_object('sql', sql, 'expires_at', expires_at) AS after
          FROM made
        ),
        ${auditCte(actorOf(admin), { ...exportTarget, action: 'export.create' })}
        SELECT id, expires_at FROM made`,
  );

/** Whether there is an export, for the administrator who made it. */
export const findExport = (owner: SQL, exportId: ExportId) =>
  statement(done, sql`SELECT 1 AS done FROM ${standingExport(owner, exportId)}`);

const standingExport = (owner: SQL, exportId: ExportId) =>
  sql`admin_exports WHERE id = ${exportId}::uuid AND admin_id = ${owner} AND expires_at > now()`;

/** The query of an export, for the administrator who made it, and the audit row of its being fetched. */
export const fetchExport = (admin: Administrator, owner: SQL, exportId: ExportId) =>
  statement(
    z.object({ sql: z.string() }),
    sql`WITH found AS (
          SELECT * FROM ${standingExport(owner, exportId)}
        ),
        audited AS (
          SELECT id AS target_id, NULL::jsonb AS before, jsonb_build_object('sql', sql) AS after FROM found
        ),
        ${auditCte(actorOf(admin), { ...exportTarget, action: 'export.fetch' })}
        SELECT sql FROM found`,
  );
