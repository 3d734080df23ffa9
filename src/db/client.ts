import { neon, neonConfig } from '@neondatabase/serverless';
import type { SQL } from 'drizzle-orm';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';
import type * as z from 'zod';
import { neonFetchEndpoint } from './endpoint.ts';
import { rethrow } from './errors.ts';

/** Short enough that a caller hears 503 within ten seconds. */
const PATIENCE_MS = 9_000;

// The driver keeps these per module, not per client. Both are constants, so nothing can tell.
neonConfig.fetchEndpoint = neonFetchEndpoint;
neonConfig.fetchFunction = (url: string, init: RequestInit) =>
  fetch(url, { ...init, signal: init.signal ?? AbortSignal.timeout(PATIENCE_MS) });

/** A statement and the shape of the rows it answers. */
export type Statement<T extends z.ZodType> = { readonly sql: SQL; readonly row: T };

/** Pairs a statement with the shape of its rows, snake_case as Postgres names them. */
export function statement<T extends z.ZodType>(row: T, sql: SQL): Statement<T> {
  return { row, sql };
}

/** What a batch answers: for each statement its rows. */
export type Results<S extends readonly Statement<z.ZodType>[]> = { [K in keyof S]: z.output<S[K]['row']>[] };

/**
 * The database as use cases see it. Neon speaks HTTP: one call here is one round trip, and what has to happen
 * together is one statement or one batch, there are no interactive transactions.
 */
export interface Db {
  /** Runs one statement. */
  query<T extends z.ZodType>(one: Statement<T>): Promise<z.output<T>[]>;
  /** Runs statements in order as one transaction (READ COMMITTED: each sees what committed before it began). */
  batch<const S extends readonly Statement<z.ZodType>[]>(all: S): Promise<Results<S>>;
}

/**
 * Opens the database over Neon's HTTP protocol. Nothing is connected until a statement runs. A request has one
 * patience for all its calls, because somebody waits for it; a job that makes many has it anew for each.
 *
 * Both calls fail with AppError `database_unavailable` when Postgres could not be reached or is in no condition to
 * work, else with a ConstraintViolation or a StatementFailed (errors.ts).
 */
export function openDb(databaseUrl: string, patience: 'for each call' | 'for all calls'): Db {
  let opened: NeonHttpDatabase | undefined;
  const open = () => {
    if (opened) return opened;
    // From the first call on, so that what a request computes before takes none of the time.
    const options =
      patience === 'for all calls' ? { fetchOptions: { signal: AbortSignal.timeout(PATIENCE_MS) } } : {};
    opened = drizzle(neon(databaseUrl, options));
    return opened;
  };
  return {
    async query({ sql, row }) {
      const result = await open().execute(sql).catch(rethrow);
      return result.rows.map((one) => row.parse(one));
    },
    async batch(all) {
      const [first, ...rest] = all;
      if (!first) return [] as unknown as Results<typeof all>;
      const db = open();
      const results = await db
        .batch([db.execute(first.sql), ...rest.map((one) => db.execute(one.sql))])
        .catch(rethrow);
      return results.map((result, index) => result.rows.map((one) => all[index]?.row.parse(one))) as Results<
        typeof all
      >;
    },
  };
}
