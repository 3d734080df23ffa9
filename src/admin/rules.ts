import { AppError } from '../errors.ts';

/** How rows come: as JSON, as text, only counted within the caps, or all counted. */
export type Shape = 'json' | 'text' | 'measure' | 'count';

/** What one query may take. */
export type Caps = {
  readonly rows: number;
  /** Of the answer's JSON. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** In the units of PostgreSQL's planner. */
  readonly cost: number;
};

const QUERY_MS = 5_000;
const MAX_BYTES = 5_000_000;
const EXPORT_ROWS = 10_000;
export const PREVIEW_ROWS = 50;

/**
 * More than a server does in the time that a query has; there the time decides. The embedded database of development
 * and tests knows no time limit, so there the estimate has to.
 */
const COST = { production: 100_000_000, elsewhere: 2_000_000 };

export const capsOf = (shape: Shape, environment: string): Caps => ({
  rows: shape === 'json' ? PREVIEW_ROWS : EXPORT_ROWS,
  bytes: MAX_BYTES,
  milliseconds: QUERY_MS,
  cost: environment === 'production' ? COST.production : COST.elsewhere,
});

/** What PostgreSQL, or the function that asks it, had against a query. */
export type Refusal = {
  readonly sqlstate: string;
  readonly message: string;
  /** Whether it was only planned, with nothing read yet, or run. */
  readonly stage: 'plan' | 'run';
};

/**
 * Syntax, names and rights (42), schemas (3F), data (22, 23), too many rows (21), not supported (0A), state and writing
 * (25, 55), no such statement or cursor (26, 34).
 */
const OF_THE_QUERY = /^(42|3F|22|23|21|0A|25|55|26|34|TG)/;
/** Resources, and limits of the program. */
const TOO_LARGE = /^(53|54|TGBIG)/;

/** A refusal as the caller is told of it. The message is about their own SQL, and about what they may read. */
export function refusalError({ sqlstate, message }: Refusal): AppError {
  if (sqlstate === '57014') return new AppError('sql_timeout');
  if (TOO_LARGE.test(sqlstate)) return new AppError('sql_too_large', { detail: sentence(message) });
  return OF_THE_QUERY.test(sqlstate)
    ? new AppError('sql_refused', { detail: sentence(message) })
    : new AppError('sql_refused');
}

/**
 * The same for a language model. Once a query runs, any message may have in it what was read: names of settings, roles
 * and functions can be computed, too. Before, there is nothing to quote but the query itself.
 *
 * @param sendRows whether it may see what is in the data
 */
export function refusalForModel(refusal: Refusal, sendRows: boolean): string {
  const told = sendRows || refusal.stage === 'plan' ? refusalError(refusal).detail : undefined;
  return told ?? `The query failed (SQLSTATE ${refusal.sqlstate}).`;
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A spreadsheet takes such a cell for a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * A line of CSV by RFC 4180, its cells made safe for spreadsheets. Null is an empty cell, an empty text a quoted one;
 * where a null is all there is, it is quoted, too: readers take an empty line for no line.
 */
export const csvLine = (cells: readonly (string | null)[]): string =>
  `${cells.map(csvCell).join(',') || '""'}\r\n`;

function csvCell(value: string | null): string {
  if (value === null) return '';
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return safe === '' || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
