import { type NeonQueryFunction, neon, neonConfig } from '@neondatabase/serverless';
import type { SQL } from 'drizzle-orm';
import type * as z from 'zod';
import { neonFetchEndpoint } from './endpoint.ts';
import { rethrow } from './errors.ts';
import { rowTypes, writeSql } from './postgres.ts';

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
  let opened: NeonQueryFunction<false, false> | undefined;
  const open = () => {
    if (opened) return opened;
    // From the first call on, so that what a request computes before takes none of the time.
    const options =
      patience === 'for all calls' ? { fetchOptions: { signal: AbortSignal.timeout(PATIENCE_MS) } } : {};
    opened = neon(databaseUrl, options);
    return opened;
  };
  /** Sends nothing until it is awaited, or handed to `transaction`. */
  const prepare = ({ sql }: Statement<z.ZodType>) => {
    const { text, params } = writeSql(sql);
    return open().query(text, params, { types: rowTypes });
  };
  return {
    async query(one) {
      const rows = await prepare(one).catch(rethrow);
      return rows.map((row) => one.row.parse(row));
    },
    async batch(all) {
      if (all.length === 0) return [] as unknown as Results<typeof all>;
      const results = await open().transaction(all.map(prepare)).catch(rethrow);
      return results.map((rows, index) => rows.map((row) => all[index]?.row.parse(row))) as Results<
        typeof all
      >;
    },
  };
}
