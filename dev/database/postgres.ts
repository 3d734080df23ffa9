import pg from 'pg';
import { type DatabaseServer, RAW_TEXT, type TestDatabaseServer } from './server.ts';

// Tests fire 30 requests at once and mean it; a smaller pool would serialise what they want to race.
const MAX_CONNECTIONS = 35;
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 60_000;

/** Any PostgreSQL server as the database of `npm run dev`. */
export function openPostgres(url: string, owner: string): DatabaseServer {
  const pools = new PoolMap(url);
  return { owner, pool: async (database) => pools.get(database), close: () => pools.close() };
}

/** Any PostgreSQL server (15 or later) as the server of a test run; `url`'s role must be a superuser. */
export function startPostgresServer(url: string, owner: string): TestDatabaseServer {
  const pools = new PoolMap(url);
  // One connection: two CREATE DATABASE from one template at once refuse each other.
  const admin = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  admin.on('error', () => {});
  const created = new Set<string>();
  let template: string | undefined;

  const drop = async (database: string): Promise<void> => {
    // FORCE ends what still runs there, and with it what the pool waits for.
    const ended = pools.end(database);
    await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(database)} WITH (FORCE)`);
    await ended;
    created.delete(database);
  };
  return {
    owner,
    pool: async (database) => pools.get(database),
    async create(database) {
      await drop(database);
      // WAL_LOG copies a small template without the two checkpoints of FILE_COPY.
      const copy = template ? ` TEMPLATE ${pg.escapeIdentifier(template)} STRATEGY wal_log` : '';
      await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}${copy}`);
      created.add(database);
    },
    drop,
    async useAsTemplate(database) {
      await pools.end(database); // a database somebody is connected to can't be copied
      template = database;
    },
    async close() {
      for (const database of created) await drop(database);
      await pools.close();
      await admin.end();
    },
  };
}

class PoolMap {
  readonly #url: string;
  readonly #pools = new Map<string, pg.Pool>();

  constructor(url: string) {
    this.#url = url;
  }

  get(database: string): pg.Pool {
    const known = this.#pools.get(database);
    if (known) return known;
    const url = new URL(this.#url);
    url.pathname = `/${encodeURIComponent(database)}`;
    const pool = new pg.Pool({
      connectionString: url.href,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      types: RAW_TEXT,
    });
    pool.on('error', () => {}); // an idle connection broke: the next request makes another
    this.#pools.set(database, pool);
    return pool;
  }

  async end(database: string): Promise<void> {
    const pool = this.#pools.get(database);
    this.#pools.delete(database);
    await pool?.end();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.keys()].map((database) => this.end(database)));
  }
}
