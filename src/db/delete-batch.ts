import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type Statement, statement } from './client.ts';

/** The most that one statement deletes, so that none holds its locks for long. */
export const BATCH_ROWS = 1_000;

/** A statement that deletes up to {@link BATCH_ROWS} rows and answers how many. */
export type Batch = Statement<typeof deleted>;

const deleted = z.object({ deleted: z.number() });

/**
 * Deletes a bounded number of rows. Rows that somebody else is at are left alone, so that any number of sweeps at
 * once share the work and none waits; a row that changed meanwhile is judged as it is then.
 *
 * @param table of our own, never from outside
 */
export function deleteBatch(table: string, over: SQL): Batch {
  const name = sql.identifier(table);
  return statement(
    deleted,
    sql`WITH doomed AS MATERIALIZED (
          SELECT ${name}.ctid FROM ${name} WHERE ${over} LIMIT ${BATCH_ROWS}::int FOR UPDATE OF ${name} SKIP LOCKED
        ),
        gone AS (
          DELETE FROM ${name} WHERE ctid = ANY (ARRAY (SELECT ctid FROM doomed)) RETURNING 1
        )
        SELECT count(*)::int AS deleted FROM gone`,
  );
}
