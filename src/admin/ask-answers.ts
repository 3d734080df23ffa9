import { detailOf } from '../http/problem.ts';
import type { Answer } from './ask.ts';
import type { AskedQuery } from './ask-tools.ts';
import type { ExportLink } from './exports.ts';
import type { SqlResult } from './run-sql.ts';
import type * as contract from './sql-contract.ts';

const toExportResponse = ({ id, url, expiresAt }: ExportLink) => ({
  id,
  url,
  expires_at: expiresAt.toISOString(),
});

export function toSqlResponse({ mode, rowCount, truncated, ...result }: SqlResult): contract.SqlResult {
  if (mode === 'count') return { mode, row_count: rowCount };
  if (result.export) {
    return { mode: 'csv', row_count: rowCount, truncated, export: toExportResponse(result.export) };
  }
  const rows = result.rows.map((row) => [...row]);
  return { mode: 'preview', columns: [...result.columns], rows, row_count: rowCount, truncated };
}

const toQueryResponse = ({ sql, mode, rowCount, error }: AskedQuery) => ({
  sql,
  mode,
  row_count: rowCount,
  ...(error && { error: detailOf(error) }),
});

/** For the administrator's eyes, whatever the model is shown. */
export const toProgressResponse = ({ result, ...query }: AskedQuery): contract.ChatQuery => ({
  ...toQueryResponse(query),
  ...(result &&
    query.mode === 'preview' && {
      columns: [...result.columns],
      rows: result.rows.map((row) => [...row]),
    }),
});

export const toChatResponse = (answer: Answer): contract.ChatAnswer => ({
  response: answer.response,
  queries: answer.queries.map(toQueryResponse),
  ...(answer.export && { export: toExportResponse(answer.export) }),
});
