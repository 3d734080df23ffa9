import { StatementFailed } from '../db/errors.ts';
import { AppError } from '../errors.ts';
import type { AskDeps } from './ask-ports.ts';
import { askReader, limitTime, READ_ONLY } from './reporting-store.ts';
import { capsOf, type Shape } from './rules.ts';

/**
 * One query of somebody's, in a transaction of its own that can write nothing. One round trip.
 *
 * @throws {AppError} `sql_timeout`
 */
export async function runQuery(
  { reportingDb, settings }: Pick<AskDeps, 'reportingDb' | 'settings'>,
  sql: string,
  shape: Shape,
) {
  const caps = capsOf(shape, settings.APP_ENV);
  try {
    const [, , [row]] = await reportingDb.batch([
      READ_ONLY,
      limitTime(caps, settings),
      askReader(sql, shape, caps),
    ]);
    if (!row) throw new Error('reporting.run answered nothing');
    return row.answer;
  } catch (error) {
    // The time may also run out while the answer is put together, where the function can't report it any more.
    if (error instanceof StatementFailed && error.sqlState === '57014') throw new AppError('sql_timeout');
    throw error;
  }
}
