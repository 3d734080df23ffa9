import type { Administrator } from '../auth/administrator.ts';
import { authorizeCaller } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import type { ExportId } from '../ids.ts';
import type { AskDeps } from './ask-ports.ts';
import { fetchExport, findExport, insertExport } from './journal-store.ts';
import { csvLine, refusalError } from './rules.ts';
import { runQuery } from './run-query.ts';

/** Where an export is fetched, by the administrator who made it. */
export type ExportLink = { readonly id: ExportId; readonly url: string; readonly expiresAt: Date };

/** Makes an export of a query. One round trip. @throws {AppError} `admin_required` */
export async function createExport(
  { patientDb, settings }: Pick<AskDeps, 'patientDb' | 'settings'>,
  admin: Administrator,
  sql: string,
): Promise<ExportLink> {
  const [made] = await patientDb.query(insertExport(admin, sql));
  if (!made) throw new AppError('admin_required');
  return {
    id: made.id,
    url: `${settings.APP_URL}/admin/exports/${made.id}`,
    expiresAt: made.expires_at,
  };
}

/** Whether there is such an export of theirs; runs nothing. One round trip. @throws {AppError} as {@link readExport} */
export async function lookForExport(deps: AskDeps, admin: Administrator, exportId: ExportId): Promise<void> {
  const { results } = await authorizeCaller(deps, { claims: admin.claims }, { admin: true }, (owner) => [
    findExport(owner, exportId),
  ]);
  if (!results[0][0]) throw new AppError('export_not_found');
}

/**
 * The lines of an export, its head first: the query is run again, so that no result lies about anywhere. Two round trips.
 *
 * @throws {AppError} `export_not_found`; what the query may be refused for, and those of `authorize`
 */
export async function readExport(
  deps: AskDeps,
  admin: Administrator,
  exportId: ExportId,
): Promise<Iterable<string>> {
  const { results } = await authorizeCaller(deps, { claims: admin.claims }, { admin: true }, (owner) => [
    fetchExport(admin, owner, exportId),
  ]);
  const found = results[0][0];
  if (!found) throw new AppError('export_not_found');
  const answer = await runQuery(deps, found.sql, 'text');
  if (answer.error) throw refusalError(answer.error);
  return lines(answer.columns, answer.rows as (string | null)[][]);
}

function* lines(columns: readonly string[], rows: readonly (readonly (string | null)[])[]): Iterable<string> {
  yield csvLine(columns);
  for (const row of rows) yield csvLine(row);
}
