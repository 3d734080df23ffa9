import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { Settings } from '../settings.ts';
import type { Caps, Shape } from './rules.ts';

/** A query waits for nobody: the views lock nothing, so somebody changes the tables themselves. */
const LOCK_TIMEOUT_MS = 1_000;

const viewRow = z.object({
  name: z.string(),
  description: z.string().nullable(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), description: z.string().nullable() })),
});
export type View = z.output<typeof viewRow>;

/** The views that can be queried, as the database's catalog describes them. */
export const readViews = statement(
  viewRow,
  sql`SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS description,
             (SELECT jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                                                  'description', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
              FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = 'reporting' AND c.relkind = 'v' ORDER BY c.relname`,
);

const answerRow = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
  row_count: z.number(),
  truncated: z.boolean(),
  error: z.object({ sqlstate: z.string(), message: z.string(), stage: z.enum(['plan', 'run']) }).nullable(),
});

/** In the transaction of {@link askReader}, before it. */
export const READ_ONLY = statement(done, sql`SET TRANSACTION READ ONLY`);

/** Likewise: how long it may take, and what the views need to know of the configuration. All is gone with the transaction. */
export const limitTime = (
  { milliseconds }: Caps,
  { BILLING_GRACE_PERIOD }: Pick<Settings, 'BILLING_GRACE_PERIOD'>,
) =>
  statement(
    z.object({}),
    sql`SELECT set_config('statement_timeout', ${String(milliseconds)}, true),
               set_config('lock_timeout', ${String(LOCK_TIMEOUT_MS)}, true),
               set_config('tollgate.billing_grace_period', ${String(BILLING_GRACE_PERIOD)}, true)`,
  );

/** Runs a query as the role that reads the views and nothing else; see the migration that makes `reporting.run`. */
export const askReader = (query: string, shape: Shape, { rows, bytes, milliseconds, cost }: Caps) =>
  statement(
    z.object({ answer: answerRow }),
    sql`SELECT reporting.run(${query}, ${shape}, ${rows}::int, ${bytes}::int, ${milliseconds}::int, ${cost}::float8) AS answer`,
  );
