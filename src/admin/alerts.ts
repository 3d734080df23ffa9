import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { authorize } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { BillingAlertId, UserId } from '../ids.ts';
import { countUpTo, type Listed, listed, type Page, slice, where } from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';

/** What a person should look at. */
export type BillingAlert = z.output<typeof alertRow>;

const columns = {
  id: id<BillingAlertId>(),
  kind: z.string(),
  user_id: id<UserId>().nullable(),
  details: z.record(z.string(), z.unknown()),
  created_at: instant,
  resolved_at: instant.nullable(),
};
const alertRow = z.object(columns);
const COLUMNS = sql.raw(Object.keys(columns).join(', '));

/** Alerts, the newest first. One round trip. */
export async function listAlerts(
  deps: AdminDeps,
  caller: Caller,
  { open }: { readonly open?: boolean | undefined },
  page: Page,
): Promise<Listed<BillingAlert>> {
  const matches = where([
    open === undefined ? undefined : open ? sql`resolved_at IS NULL` : sql`resolved_at IS NOT NULL`,
  ]);
  const [rows, [count]] = await readAsAdministrator(deps, caller, [
    statement(
      alertRow,
      sql`SELECT ${COLUMNS} FROM billing_alerts WHERE ${matches} ORDER BY created_at DESC, id DESC ${slice(page)}`,
    ),
    countUpTo(sql`billing_alerts WHERE ${matches}`),
  ]);
  return listed(rows, count?.total, page, false);
}

/**
 * Notes that a person has seen to it; once, however often it is said. Two round trips.
 *
 * @throws {AppError} `alert_not_found`, and those of `authorize`
 */
export async function resolveAlert(
  deps: AdminDeps,
  admin: Administrator,
  alertId: BillingAlertId,
): Promise<BillingAlert> {
  await authorize(deps, admin.claims, { admin: true });
  const [, [alert]] = await deps.db.batch([
    resolve(admin, alertId),
    statement(alertRow, sql`SELECT ${COLUMNS} FROM billing_alerts WHERE id = ${alertId}::uuid`),
  ]);
  if (!alert) throw new AppError('alert_not_found');
  // Somebody took the right away meanwhile.
  if (!alert.resolved_at) throw new AppError('admin_required');
  return alert;
}

const resolve = (admin: Administrator, alertId: BillingAlertId) =>
  statement(
    done,
    sql`WITH resolved AS (
          UPDATE billing_alerts SET resolved_at = now()
          WHERE id = ${alertId}::uuid AND resolved_at IS NULL AND ${stillAdministrator(admin)}
          RETURNING id, kind, resolved_at
        ),
        audited AS (
          SELECT id AS target_id, jsonb_build_object('kind', kind, 'resolved_at', NULL) AS before,
                 jsonb_build_object('kind', kind, 'resolved_at', resolved_at) AS after
          FROM resolved
        ),
        ${auditCte(actorOf(admin), { action: 'alert.resolve', targetType: 'alert' })}
        SELECT 1 AS done FROM resolved`,
  );
