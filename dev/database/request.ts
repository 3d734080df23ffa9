import type { IncomingHttpHeaders } from 'node:http';
import { BadRequestError } from './errors.ts';
import type { SqlRequest, Statement } from './execute.ts';

const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

/** Reads a `POST /sql` of Neon's driver: the database from a header, the statements from the body. */
export function readSqlRequest(headers: IncomingHttpHeaders, body: string): SqlRequest {
  // The only form the driver asks for, and so the only one there is.
  if (headers['neon-raw-text-output'] !== 'true' || headers['neon-array-mode'] !== 'true') {
    throw new BadRequestError('Neon-Raw-Text-Output and Neon-Array-Mode must be true');
  }
  const { database, user } = readConnectionString(headers['neon-connection-string']);
  return { database, user, work: readWork(body), modes: readModes(headers) };
}

function readConnectionString(header: string | string[] | undefined): { database: string; user: string } {
  if (typeof header !== 'string' || !URL.canParse(header)) {
    throw new BadRequestError('missing or malformed Neon-Connection-String');
  }
  const url = new URL(header);
  return {
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
  };
}

function readWork(body: string): SqlRequest['work'] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new BadRequestError('the body is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null) throw new BadRequestError('the body is not an object');
  if (!('queries' in parsed)) return readStatement(parsed);
  if (!Array.isArray(parsed.queries)) throw new BadRequestError('queries must be an array');
  return parsed.queries.map(readStatement);
}

function readStatement(value: Partial<Statement> | null): Statement {
  const { query, params = [] } = value ?? {};
  if (typeof query !== 'string') throw new BadRequestError('a query must be a string');
  if (!Array.isArray(params)) throw new BadRequestError('params must be an array');
  return { query, params };
}

function readModes(headers: IncomingHttpHeaders): string {
  const modes: string[] = [];
  const level = headers['neon-batch-isolation-level'];
  if (level !== undefined) {
    const isolation = ISOLATION_LEVELS[String(level)];
    if (!isolation) throw new BadRequestError('unknown Neon-Batch-Isolation-Level');
    modes.push(`ISOLATION LEVEL ${isolation}`);
  }
  if (headers['neon-batch-read-only'] === 'true') modes.push('READ ONLY');
  if (headers['neon-batch-deferrable'] === 'true') modes.push('DEFERRABLE');
  return modes.join(', ');
}
