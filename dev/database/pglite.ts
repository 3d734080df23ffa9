import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import { CommandError } from '../project.ts';
import { type DatabaseServer, RAW_TEXT, type TestDatabaseServer, UnknownDatabaseError } from './server.ts';

/** What the migrations create of extensions; every PostgreSQL has them, this one has to be given them. */
const EXTENSIONS = { extensions: { pg_trgm } };

type Database = { readonly lite: PGlite; readonly pool: pg.Pool };

/** The embedded database of `npm run dev`: one database, kept in `dataDir`, which nothing else may open. */
export async function openPGliteDirectory(
  dataDir: string,
  { name, owner }: { name: string; owner: string },
): Promise<DatabaseServer> {
  await initialise(dataDir);
  const database = wrap(await open(dataDir));
  return {
    owner,
    async pool(wanted) {
      if (wanted !== name) throw new UnknownDatabaseError(wanted);
      return database.pool;
    },
    close: () => close(database),
  };
}

/** The databases of a test run, in memory. A copy of the template takes about a quarter of a second. */
export function startPGliteServer(owner: string): TestDatabaseServer {
  const databases = new Map<string, Promise<Database>>();
  let template: Blob | File | undefined;

  const find = (name: string): Promise<Database> => {
    const database = databases.get(name);
    return database ?? Promise.reject(new UnknownDatabaseError(name));
  };
  const drop = async (name: string): Promise<void> => {
    const database = databases.get(name);
    databases.delete(name);
    if (database) await close(await database);
  };
  return {
    owner,
    pool: async (name) => (await find(name)).pool,
    async create(name) {
      await drop(name);
      const created = (
        template
          ? PGlite.create({ ...EXTENSIONS, loadDataDir: template })
          : PGlite.create(EXTENSIONS).then(forbidWaiting)
      ).then(wrap);
      databases.set(name, created);
      await created;
    },
    drop,
    async useAsTemplate(name) {
      template = await (await find(name)).lite.dumpDataDir('none');
      await drop(name);
    },
    async close() {
      await Promise.all([...databases.keys()].map(drop));
    },
  };
}

async function open(dataDir: string): Promise<PGlite> {
  try {
    return await forbidWaiting(await PGlite.create({ ...EXTENSIONS, dataDir }));
  } catch (cause) {
    const hint = '`npm run dev -- --fresh` starts over with an empty one.';
    throw new CommandError(`The database in ${dataDir} is damaged and does not open; ${hint}`, { cause });
  }
}

// PGlite makes its folder file by file: one that was killed halfway would never open again. So it is made beside
// its place and moved there when it is whole.
async function initialise(dataDir: string): Promise<void> {
  if (existsSync(dataDir)) return;
  const unfinished = `${dataDir}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(dataDir), { recursive: true });
  const lite = await PGlite.create({ ...EXTENSIONS, dataDir: unfinished });
  await lite.close();
  await rename(unfinished, dataDir);
}

/** Waits, or reads XML, which can take for ever. */
const WAITING = [
  'pg_sleep(float8), pg_sleep_for(interval), pg_sleep_until(timestamptz)',
  'xpath(text, xml), xpath(text, xml, text[]), xpath_exists(text, xml), xpath_exists(text, xml, text[]), "xmlexists"(text, xml)',
].join(', ');

// It keeps no time limit, and while one waits nobody else gets on. Nobody but its owner may make it wait.
async function forbidWaiting(lite: PGlite): Promise<PGlite> {
  await lite.exec(`REVOKE EXECUTE ON FUNCTION ${WAITING} FROM PUBLIC`);
  return lite;
}

// PGlite is one session: one client at a time, and the pool is the queue before it. What a client that broke left of
// its transaction and role is still there for the next one.
function wrap(lite: PGlite): Database {
  const onConnect = (client: pg.ClientBase) => client.query('ROLLBACK; RESET ROLE');
  const config = { ...createPgConfig(lite), max: 1, idleTimeoutMillis: 0, types: RAW_TEXT, onConnect };
  const pool = new pg.Pool(config as unknown as pg.PoolConfig);
  pool.on('error', () => {});
  return { lite, pool };
}

async function close({ lite, pool }: Database): Promise<void> {
  await pool.end();
  if (!lite.closed) await lite.close();
}
