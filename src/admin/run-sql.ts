import type { Administrator } from '../auth/administrator.ts';
import { authorizeCaller } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import type { AskDeps } from './ask-ports.ts';
import { createExport, type ExportLink } from './exports.ts';
import { type Act, recordAct } from './journal-store.ts';
import { readAsAdministrator } from './read.ts';
import { readViews, type View } from './reporting-store.ts';
import { type Refusal, refusalError, type Shape } from './rules.ts';
import { runQuery } from './run-query.ts';

export type Mode = 'preview' | 'count' | 'csv';

/** What a query answered, in the form that its mode asks for. */
export type SqlResult = {
  readonly mode: Mode;
  readonly rowCount: number;
  /** Whether there are more rows than these; of a count there never are. */
  readonly truncated: boolean;
  readonly columns: readonly string[];
  /** Of a preview. */
  readonly rows: readonly (readonly unknown[])[];
  /** Of a CSV. */
  readonly export?: ExportLink;
};

const SHAPES: Readonly<Record<Mode, Shape>> = { preview: 'json', count: 'count', csv: 'measure' };

/** The views, with what the catalog says of their columns; for an administrator, or a key of one. One round trip. */
export async function listViews(deps: AskDeps, caller: Caller): Promise<View[]> {
  const [views] = await readAsAdministrator(deps, caller, [readViews]);
  return views;
}

/**
 * Runs a query of an administrator's. Two round trips, three for an export: what is about to be run is written down
 * first, because the query itself runs in a transaction that can write nothing, and maybe elsewhere.
 *
 * @throws {AppError} `sql_refused`, `sql_timeout`, `sql_too_large`, and those of `authorize`
 */
export async function runSql(
  deps: AskDeps,
  admin: Administrator,
  { sql, mode }: { readonly sql: string; readonly mode: Mode },
): Promise<SqlResult> {
  await beginAct(deps, admin, { action: 'sql.run', details: { sql, mode } });
  const result = await answerQuery(deps, admin, sql, mode);
  if ('refusal' in result) throw refusalError(result.refusal);
  return result;
}

/**
 * The guard, and the audit row of what follows.
 *
 * @throws {AppError} those of `authorize`
 */
async function beginAct(
  deps: Pick<AskDeps, 'db' | 'mayUseKeys'>,
  admin: Administrator,
  act: Act,
): Promise<void> {
  const { results } = await authorizeCaller(deps, { claims: admin.claims }, { admin: true }, () => [
    recordAct(admin, act),
  ]);
  if (!results[0][0]) throw new AppError('admin_required');
}

/** Runs what has been written down: the result, or why there is none. */
export async function answerQuery(
  deps: Pick<AskDeps, 'reportingDb' | 'patientDb' | 'settings'>,
  admin: Administrator,
  sql: string,
  mode: Mode,
): Promise<SqlResult | { readonly refusal: Refusal }> {
  const answer = await runQuery(deps, sql, SHAPES[mode]);
  if (answer.error) return { refusal: answer.error };
  return {
    mode,
    rowCount: answer.row_count,
    truncated: answer.truncated,
    columns: answer.columns,
    rows: answer.rows,
    ...(mode === 'csv' && { export: await createExport(deps, admin, sql) }),
  };
}
