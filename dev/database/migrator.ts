import { readFileSync } from 'node:fs';
import { NeonDbError } from '@neondatabase/serverless';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { CommandError } from '../project.ts';
import type { Sql } from './connect.ts';

type Migration = MigrationMeta & { readonly name: string };

// Any number, as long as every migrator takes the same.
const LOCK = 'select pg_advisory_xact_lock(727274)';
const APPLIED_ONCE = '__drizzle_migrations_created_at_key';
const UNIQUE_VIOLATION = '23505';

/**
 * Applies what is missing, in order, and answers the names of what it applied.
 *
 * drizzle's own migrator for neon-http sends every statement as a request of its own, so a failing migration leaves
 * half of its work behind. Here a migration is one batch, that is one transaction, together with its row in drizzle's
 * journal. Any number of migrators may run at once: they queue for an advisory lock, and the journal's unique index
 * turns away the batch of the one that comes second, however old its view of the journal was.
 *
 * @throws NeonDbError when a statement fails; nothing of that migration, and all of the earlier ones, is applied.
 * @throws CommandError when a file was changed after it was applied here.
 */
export async function migrate(sql: Sql, migrationsFolder: string): Promise<string[]> {
  const applied = await readJournal(sql);
  const names: string[] = [];
  for (const migration of readMigrations(migrationsFolder)) {
    const hash = applied.get(migration.folderMillis);
    if (hash === undefined) {
      if (await apply(sql, migration)) names.push(migration.name);
    } else if (hash !== migration.hash) {
      throw new CommandError(
        `Migration ${migration.name} was changed after it was applied to this database. Restore the file and add a ` +
          'new migration, or start over (in development: `npm run dev -- --fresh`).',
      );
    }
  }
  return names;
}

/** Makes the journal where there is none (the same table as drizzle's), and reads it: timestamp → hash. */
async function readJournal(sql: Sql): Promise<Map<number, string>> {
  const results = await sql.transaction([
    sql.query(LOCK), // two CREATE … IF NOT EXISTS at once fail each other
    sql.query('create schema if not exists drizzle'),
    sql.query(
      'create table if not exists drizzle.__drizzle_migrations ' +
        '(id serial primary key, hash text not null, created_at bigint)',
    ),
    sql.query(
      `create unique index if not exists ${APPLIED_ONCE} on drizzle.__drizzle_migrations (created_at)`,
    ),
    sql.query('select created_at, hash from drizzle.__drizzle_migrations'),
  ]);
  const rows = results.at(-1) as { created_at: string; hash: string }[];
  return new Map(rows.map((row) => [Number(row.created_at), row.hash]));
}

function readMigrations(migrationsFolder: string): Migration[] {
  const files = readMigrationFiles({ migrationsFolder });
  const journal = JSON.parse(readFileSync(`${migrationsFolder}/meta/_journal.json`, 'utf8')) as {
    entries: { tag: string }[];
  };
  return files.map((file, index) => ({ ...file, name: journal.entries[index]?.tag ?? file.hash }));
}

/** Whether this call applied it; `false` when another migrator was faster. */
async function apply(sql: Sql, migration: Migration): Promise<boolean> {
  try {
    await sql.transaction([
      sql.query(LOCK),
      sql.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
        migration.hash,
        migration.folderMillis,
      ]),
      ...migration.sql.filter((statement) => statement.trim()).map((statement) => sql.query(statement)),
    ]);
    return true;
  } catch (error) {
    const faster =
      error instanceof NeonDbError && error.code === UNIQUE_VIOLATION && error.constraint === APPLIED_ONCE;
    if (faster) return false;
    throw error;
  }
}
