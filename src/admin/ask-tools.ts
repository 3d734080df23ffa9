import * as z from 'zod';
import type { Administrator } from '../auth/administrator.ts';
import { AppError } from '../errors.ts';
import type { AskDeps, ToolCall, ToolDescription } from './ask-ports.ts';
import { recordAct } from './journal-store.ts';
import type { View } from './reporting-store.ts';
import { type Refusal, refusalError, refusalForModel } from './rules.ts';
import { answerQuery, type SqlResult } from './run-sql.ts';

/** What a model may use: two tools that read. What it can read is for the database's role to say, not for them. */
export const TOOLS: readonly ToolDescription[] = [
  {
    name: 'describe_view',
    description: 'The columns of a view: their names, types and meanings.',
    parameters: {
      type: 'object',
      properties: { view: { type: 'string', description: 'The name of a view.' } },
      required: ['view'],
      additionalProperties: false,
    },
  },
  {
    name: 'run_sql',
    description:
      'Runs one SELECT of PostgreSQL on the views. preview: shows the first 50 rows to the administrator; ' +
      'count: how many rows there are; csv: makes a file of up to 10,000 rows for the administrator.',
    parameters: {
      type: 'object',
      properties: {
        sql: { type: 'string' },
        mode: { type: 'string', enum: ['preview', 'count', 'csv'] },
      },
      required: ['sql', 'mode'],
      additionalProperties: false,
    },
  },
];

export const SQL_MAX_LENGTH = 10_000;

const Description = z.object({ view: z.string().max(100) });
const Query = z.object({
  sql: z
    .string()
    .min(1)
    .max(SQL_MAX_LENGTH)
    // What PostgreSQL takes for no text at all. Bodies of requests are checked for it before they get here.
    .refine((text) => text.isWellFormed() && !text.includes('\0')),
  mode: z.enum(['preview', 'count', 'csv']),
});

/** A query that a model had run, and what came of it. */
export type AskedQuery = z.output<typeof Query> & {
  /** Null where it failed. */
  readonly rowCount: number | null;
  readonly error?: AppError;
  readonly result?: SqlResult;
};

/** What the model hears, and the query that was run for it, if one was. */
export type ToolOutcome = { readonly content: string; readonly query?: AskedQuery };

/**
 * Does what a model asks for. Whatever is wrong with that is an answer to the model: it may do better.
 *
 * @throws {AppError} `admin_required` where the administrator is none any more; `database_unavailable`
 */
export async function useTool(
  deps: AskDeps,
  admin: Administrator,
  views: readonly View[],
  call: ToolCall,
): Promise<ToolOutcome> {
  switch (call.name) {
    case 'describe_view': {
      const wanted = readArguments(Description, call);
      if (!wanted) return unusable(call);
      const name = wanted.view.replace(/^reporting\./, '');
      const view = views.find((one) => one.name === name);
      return tell(view ?? { error: `There is no view of this name. There are: ${namesOf(views)}.` });
    }
    case 'run_sql': {
      const wanted = readArguments(Query, call);
      return wanted ? runForModel(deps, admin, wanted) : unusable(call);
    }
    default:
      return tell({ error: 'There is no such tool. There are describe_view and run_sql.' });
  }
}

async function runForModel(
  deps: AskDeps,
  admin: Administrator,
  wanted: z.output<typeof Query>,
): Promise<ToolOutcome> {
  // Written down before it runs; who is no administrator any more gets no row, and no query.
  const [recorded] = await deps.patientDb.query(recordAct(admin, { action: 'ai.query', details: wanted }));
  if (!recorded) throw new AppError('admin_required');
  const sendRows = deps.settings.AI_SEND_ROWS;
  const result = await answerQuery(deps, admin, wanted.sql, wanted.mode).catch(asRefusal);
  if ('refusal' in result) {
    const told = tell({ error: refusalForModel(result.refusal, sendRows) });
    return { ...told, query: { ...wanted, rowCount: null, error: refusalError(result.refusal) } };
  }
  const { rowCount, truncated, columns, rows } = result;
  const told = {
    row_count: rowCount,
    ...(wanted.mode !== 'count' && { columns, truncated }),
    ...(wanted.mode === 'preview' && sendRows && { rows }),
  };
  return { ...tell(told), query: { ...wanted, rowCount, result } };
}

/** Running out of time is the query's own fault, wherever it was noticed. */
function asRefusal(error: unknown): { refusal: Refusal } {
  if (!(error instanceof AppError && error.code === 'sql_timeout')) throw error;
  return { refusal: { sqlstate: '57014', message: '', stage: 'run' } };
}

function readArguments<T extends z.ZodType>(schema: T, call: ToolCall): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(call.arguments)).data;
  } catch {
    return undefined;
  }
}

const unusable = ({ name }: ToolCall) =>
  tell({ error: `The arguments of ${name} have to be JSON as its description says.` });

const tell = (value: unknown): ToolOutcome => ({ content: JSON.stringify(value) });

export const namesOf = (views: readonly View[]): string => views.map(({ name }) => name).join(', ');
