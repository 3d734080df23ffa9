import pg from 'pg';
import { isPostgresError, UnreachableError } from './errors.ts';
import type { DatabaseServer } from './server.ts';

/** One statement as the driver sends it: parameters are text, PostgreSQL infers their types. */
export type Statement = { readonly query: string; readonly params: readonly unknown[] };

/** What a `POST /sql` asks for. */
export type SqlRequest = {
  readonly database: string;
  readonly user: string;
  /** One statement, or the statements of one transaction. */
  readonly work: Statement | readonly Statement[];
  /** `BEGIN`'s modes, for a transaction. */
  readonly modes: string;
};

/** Runs a request on a connection of its own and answers what the driver expects as JSON. */
export async function execute(server: DatabaseServer, request: SqlRequest): Promise<unknown> {
  const client = await connect(server, request.database);
  let broken: Error | undefined;
  // A client in use has no listener of its pool: a connection that breaks then would end the process.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    if (request.user !== server.owner) await actAs(client, request.user);
    return await run(client, request);
  } catch (error) {
    if (!isPostgresError(error)) broken ??= error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    if (!broken) broken = await reset(client, request.user !== server.owner);
    client.off('error', onError);
    client.release(broken);
  }
}

async function connect(server: DatabaseServer, database: string): Promise<pg.PoolClient> {
  const pool = await server.pool(database);
  try {
    return await pool.connect();
  } catch (error) {
    throw isPostgresError(error) ? error : new UnreachableError(error);
  }
}

async function run(client: pg.PoolClient, { work, modes }: SqlRequest): Promise<unknown> {
  if (!isBatch(work)) return send(client, work);
  await client.query(`BEGIN ${modes}`);
  const results: unknown[] = [];
  for (const statement of work) results.push(await send(client, statement));
  await client.query('COMMIT');
  return { results };
}

function isBatch(work: SqlRequest['work']): work is readonly Statement[] {
  return Array.isArray(work);
}

async function send(client: pg.PoolClient, statement: Statement): Promise<unknown> {
  // The extended protocol takes one statement only, with or without parameters; so does Neon over HTTP.
  const query = {
    text: statement.query,
    values: [...statement.params],
    rowMode: 'array' as const,
    queryMode: 'extended',
  };
  const { command, rowCount, rows, fields } = await client.query<unknown[]>(query);
  return { command, rowCount, rows, fields, rowAsArray: true };
}

// Neon authenticates the user of the connection string; here, where nobody has a password, its rights are taken on.
async function actAs(client: pg.PoolClient, user: string): Promise<void> {
  await client.query(`SET ROLE ${pg.escapeIdentifier(user)}`);
}

/** Gives a connection back as it came: in no transaction (a lone `BEGIN`, a failed batch) and nobody in particular. */
async function reset(client: pg.PoolClient, actedAs: boolean): Promise<Error | undefined> {
  try {
    if (client.getTransactionStatus() !== 'I') await client.query('ROLLBACK');
    if (actedAs) await client.query('RESET ROLE');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
