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
export type Refusal = { readonly sqlstate: string; readonly message: string };

/** Syntax, names and rights (42), data (22), too many rows (21), not supported (0A), state and writing (25), no such statement or cursor (26, 34). */
const OF_THE_QUERY = /^(42|22|21|0A|25|26|34|TG)/;
/** Resources, and limits of the program. */
const TOO_LARGE = /^(53|54|TGBIG)/;
/** Messages about data quote it. */
const QUOTES_DATA = /^(22|21|P0)/;

/** A refusal as the caller is told of it. The message is about their own SQL, and about what they may read. */
export function refusalError({ sqlstate, message }: Refusal): AppError {
  if (sqlstate === '57014') return new AppError('sql_timeout');
  if (TOO_LARGE.test(sqlstate)) return new AppError('sql_too_large', { detail: sentence(message) });
  return OF_THE_QUERY.test(sqlstate)
    ? new AppError('sql_refused', { detail: sentence(message) })
    : new AppError('sql_refused');
}

/** The same for a language model that may see no rows: a message may have a value in it. */
export function refusalForModel(refusal: Refusal): string {
  return QUOTES_DATA.test(refusal.sqlstate) || !OF_THE_QUERY.test(refusal.sqlstate)
    ? `The query failed (SQLSTATE ${refusal.sqlstate}).`
    : sentence(refusal.message);
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** A spreadsheet takes such a cell for a formula (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** A line of CSV by RFC 4180, its cells made safe for spreadsheets. Null is an empty cell, an empty text a quoted one. */
export const csvLine = (cells: readonly (string | null)[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(value: string | null): string {
  if (value === null) return '';
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return safe === '' || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
