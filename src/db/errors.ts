import { NeonDbError } from '@neondatabase/serverless';
import { AppError } from '../errors.ts';

/** A statement broke a constraint (SQLSTATE class 23). Carries its name, so that a use case can tell which. */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation';
  readonly constraint: string;

  constructor(constraint: string) {
    super(`violates ${constraint}`);
    this.constraint = constraint;
  }
}

/**
 * A statement that Postgres refused. Holds neither the statement nor its parameters, which may be personal; of the
 * reason only what speaks of names: messages about data (class 22) quote the value.
 */
export class StatementFailed extends Error {
  override readonly name = 'StatementFailed';
  readonly sqlState: string;

  constructor(sqlState: string, reason: string) {
    super(sqlState.startsWith('22') ? sqlState : `${sqlState}: ${reason}`);
    this.sqlState = sqlState;
  }
}

const RETRY_AFTER_SECONDS = 5;

/**
 * SQLSTATEs that speak of the server's condition and not of our statement: connection (08), credentials (28), no
 * such database (3D), rolled back for another's sake (40; 23503 when what a
 * row refers to was deleted meanwhile), resources (53), shutting down (57P), I/O (58).
 */
const CONDITION = /^(08|23503|28|3D|40|53|57P|58)/;

/** Turns what the driver throws into what the service throws. */
export function rethrow(error: unknown): never {
  if (!(error instanceof NeonDbError)) throw unavailable(error);
  const sqlState = error.code ?? '';
  // Without a SQLSTATE it was not Postgres that answered: the network, a timeout, or the proxy before it.
  if (!/^[0-9A-Z]{5}$/.test(sqlState) || CONDITION.test(sqlState)) throw unavailable(error);
  if (sqlState.startsWith('23') && error.constraint) throw new ConstraintViolation(error.constraint);
  throw new StatementFailed(sqlState, error.message);
}

function unavailable(cause: unknown): AppError {
  return new AppError('database_unavailable', { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}
