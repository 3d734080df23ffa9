import * as z from 'zod';
import { SQL_MAX_LENGTH } from './ask-tools.ts';

const mode = z.enum(['preview', 'count', 'csv'], 'Must be preview, count or csv.');

export const SqlRequest = z
  .strictObject({
    sql: z
      .string()
      .max(SQL_MAX_LENGTH, `Must have at most ${SQL_MAX_LENGTH} characters.`)
      .regex(/\S/, 'Must not be empty.')
      .meta({
        description: 'One SELECT on the views.',
        example: 'SELECT plan_code, count(*) FROM users GROUP BY 1',
      }),
    mode,
  })
  .meta({ id: 'SqlRequest' });

export const Export = z
  .object({ id: z.uuid(), url: z.url(), expires_at: z.iso.datetime() })
  .meta({ id: 'Export', description: 'Can be fetched by the administrator who made it, until it expires.' });

const columns = z.array(z.string()).meta({
  description: 'In order; a name may stand there twice. For an answer without rows they may be missing.',
});

export const SqlResult = z
  .union([
    z.object({
      mode: z.literal('preview'),
      columns,
      rows: z.array(z.array(z.unknown())).meta({
        description: 'Numbers beyond 15 digits are text, and so is all of a JSON value that has one in it.',
      }),
      row_count: z.int(),
      truncated: z.boolean(),
    }),
    z.object({ mode: z.literal('count'), row_count: z.int() }),
    z.object({ mode: z.literal('csv'), row_count: z.int(), truncated: z.boolean(), export: Export }),
  ])
  .meta({ id: 'SqlResult' });
export type SqlResult = z.input<typeof SqlResult>;

export const SqlSchema = z
  .object({
    views: z.array(
      z.object({
        name: z.string(),
        description: z.string().nullable(),
        columns: z.array(
          z.object({ name: z.string(), type: z.string(), description: z.string().nullable() }),
        ),
      }),
    ),
  })
  .meta({ id: 'SqlSchema' });

export const ChatRequest = z
  .strictObject({
    prompt: z
      .string()
      .max(4_000, 'Must have at most 4000 characters.')
      .regex(/\S/, 'Must not be empty.')
      .meta({ example: 'How many users are on the pro plan?' }),
  })
  .meta({ id: 'ChatRequest' });

const query = {
  sql: z.string(),
  mode,
  row_count: z.int().nullable().meta({ description: 'Null where it failed.' }),
  error: z.string().optional(),
};

export const ChatAnswer = z
  .object({ response: z.string(), queries: z.array(z.object(query)), export: Export.optional() })
  .meta({ id: 'ChatAnswer' });
export type ChatAnswer = z.input<typeof ChatAnswer>;

/** The data of `event: query`: also what the model itself may not see. */
export const ChatQuery = z.object({
  ...query,
  columns: columns.optional(),
  rows: z.array(z.array(z.unknown())).optional(),
});
export type ChatQuery = z.input<typeof ChatQuery>;
