/** An answer that is not a result: what the driver turns into a `NeonDbError`. */
export type Failure = {
  readonly status: 400 | 500;
  readonly body: { message: string; [field: string]: unknown };
};

// The fields of a PostgreSQL error the driver copies onto its own.
const FIELDS = [
  'severity',
  'code',
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'where',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const;

// Shutting down, crashed, starting up: PostgreSQL speaks, but nobody is home.
const AWAY = new Set(['57P01', '57P02', '57P03', '53300']);

/** A request that could not be read; the driver never sends one. */
export class BadRequestError extends Error {}

/** The database is not there; Neon's proxy answers so when a compute does not come up. */
export class UnreachableError extends Error {
  constructor(cause?: unknown) {
    super("Couldn't connect to compute node", { cause });
  }
}

/** Sorts an error the way Neon's proxy does: 400 with an SQLSTATE is PostgreSQL's word, 500 without one is not. */
export function toFailure(error: unknown): Failure {
  if (error instanceof BadRequestError) return { status: 400, body: { message: error.message, code: null } };
  if (isPostgresError(error)) {
    const fields = error as unknown as Record<string, unknown>;
    const entries = FIELDS.map((field) => [field, fields[field] ?? null]);
    return { status: 400, body: { message: error.message, ...Object.fromEntries(entries) } };
  }
  const message = error instanceof UnreachableError ? error.message : new UnreachableError().message;
  return { status: 500, body: { message, code: null } };
}

/**
 * Whether PostgreSQL itself refused a statement, as opposed to a connection that broke or never was. Told by its
 * fields: node-postgres, PGlite and this endpoint each have a class of their own for it.
 */
export function isPostgresError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('severity' in error) || !('code' in error)) return false;
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && !AWAY.has(error.code);
}
