import { connect, type Sql } from './database/connect.ts';
import { describeDatabaseError } from './database/describe-error.ts';
import { CommandError, DEV_VARS_FILE } from './project.ts';
import { readDevVars } from './secrets.ts';
import { developmentDatabaseUrl, readDevSettings } from './settings.ts';

/**
 * Does a command's work on the database of `DATABASE_URL` (the environment's, else the one in `.dev.vars`), by default
 * the one of `npm run dev`. @throws CommandError when the database can't be reached or refuses.
 */
export async function withDatabase<T>(work: (sql: Sql, database: string) => Promise<T>): Promise<T> {
  const url =
    process.env.DATABASE_URL ||
    (await readDevVars(DEV_VARS_FILE)).DATABASE_URL ||
    developmentDatabaseUrl(readDevSettings(process.env));
  if (!URL.canParse(url)) throw new CommandError('DATABASE_URL is not a connection string.');
  const { host, pathname } = new URL(url);
  try {
    return await work(connect(url), host + pathname);
  } catch (error) {
    throw describeDatabaseError(error, url);
  }
}
