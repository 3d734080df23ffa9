import { NeonDbError } from '@neondatabase/serverless';
import { CommandError } from '../project.ts';

/** A failure of the database as a sentence for the terminal, never with the password; anything else as it is. */
export function describeDatabaseError(error: unknown, databaseUrl: string): unknown {
  if (!(error instanceof NeonDbError)) return error;
  const { host, hostname, pathname } = new URL(databaseUrl);
  const database = `the database ${host}${pathname}`;
  if (error.code) {
    const detail = error.detail ? ` (${error.detail})` : '';
    return new CommandError(`PostgreSQL refuses, at ${database}: ${error.message}${detail}`, {
      cause: error,
    });
  }
  const cause = error.sourceError?.cause;
  const reason = cause instanceof Error ? cause.message : error.message;
  const hint = ['localhost', '127.0.0.1'].includes(hostname) ? ' Is `npm run dev` running?' : '';
  return new CommandError(`Can't reach ${database}: ${reason}${hint && `.${hint}`}`, { cause: error });
}
