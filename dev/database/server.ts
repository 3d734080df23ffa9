import type pg from 'pg';

/** Where the databases behind the endpoint live: PGlite in this process, or a PostgreSQL server. */
export interface DatabaseServer {
  /** The connections to one database. Rejects with {@link UnknownDatabaseError} when it does not exist. */
  pool(database: string): Promise<pg.Pool>;
  /** The user whose name in a connection string means "no particular role". */
  readonly owner: string;
  close(): Promise<void>;
}

/** A server that makes and drops databases while it runs: what the tests use. */
export interface TestDatabaseServer extends DatabaseServer {
  /** Makes a database: a copy of the template once there is one, an empty one before. */
  create(database: string): Promise<void>;
  /** Drops a database and its connections; one that does not exist is no error. */
  drop(database: string): Promise<void>;
  /** Makes `database` the template of every later {@link create}. */
  useAsTemplate(database: string): Promise<void>;
}

/** As PostgreSQL says it, for the servers that have no PostgreSQL to ask. */
export class UnknownDatabaseError extends Error {
  readonly severity = 'FATAL';
  readonly code = '3D000';

  constructor(database: string) {
    super(`database "${database}" does not exist`);
  }
}

/** Values stay the text PostgreSQL sent: the driver at the other end parses them (`Neon-Raw-Text-Output`). */
export const RAW_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };
