import { createRoute } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import { administratorOf } from '../http/administrator.ts';
import { callerOf, requireBearerOrKey } from '../http/api-key.ts';
import { requireBearer } from '../http/bearer.ts';
import { BODY_PROBLEMS, json, jsonBody, KEY_PROBLEMS, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { type ExportId, parseId } from '../ids.ts';
import { toSqlResponse } from './ask-answers.ts';
import { lookForExport, readExport } from './exports.ts';
import { listViews, runSql } from './run-sql.ts';
import * as contract from './sql-contract.ts';

const tags = ['Administration'];
const GUARD_PROBLEMS = ['invalid_token', 'account_disabled', 'email_not_verified', 'admin_required'] as const;
const SQL_PROBLEMS = ['sql_refused', 'sql_timeout', 'sql_too_large'] as const;

const schemaRoute = createRoute({
  method: 'get',
  path: '/admin/sql/schema',
  tags,
  summary: 'The views that can be queried, and what stands in them',
  description: "An administrator's key needs the scope `admin:read`.",
  security: [{ bearer: [] }, { apiKey: [] }],
  middleware: requireBearerOrKey,
  responses: {
    200: json(contract.SqlSchema, 'The views.'),
    ...problems(...GUARD_PROBLEMS, ...KEY_PROBLEMS),
  },
});

const runRoute = createRoute({
  method: 'post',
  path: '/admin/sql',
  tags,
  summary: 'Run one SELECT on the views',
  description:
    'As a database role that can read the views and nothing else; five seconds, 10,000 rows and 5 MB at most. `preview` ' +
    'answers the first 50 rows, `count` how many there are, `csv` an address to fetch them from.',
  security: [{ bearer: [] }],
  middleware: requireBearer,
  request: { body: jsonBody(contract.SqlRequest) },
  responses: {
    200: json(contract.SqlResult, 'What the query answered.'),
    ...problems(...GUARD_PROBLEMS, ...BODY_PROBLEMS, ...SQL_PROBLEMS),
  },
});

const exportRoute = createRoute({
  method: 'get',
  path: '/admin/exports/{id}',
  tags,
  summary: 'Fetch an export as CSV',
  description:
    'For the administrator who made it, within an hour. The query is run again. Cells that a spreadsheet would take for a ' +
    'formula begin with an apostrophe. A HEAD request tells whether it is there, and runs nothing.',
  security: [{ bearer: [] }],
  middleware: requireBearer,
  request: { params: contract.ExportPath },
  responses: {
    200: {
      description: 'RFC 4180, UTF-8, the names of the columns first.',
      content: { 'text/csv': { schema: { type: 'string' } } },
    },
    ...problems(...GUARD_PROBLEMS, 'export_not_found', ...SQL_PROBLEMS),
  },
});

/** SQL of administrators' own, on the reporting views. */
export function createSqlRoutes() {
  return createRouter()
    .openapi(schemaRoute, async (c) => {
      const views = await listViews(c.var.deps, callerOf(c));
      return c.json({ views }, 200);
    })
    .openapi(runRoute, async (c) => {
      const result = await runSql(c.var.deps, administratorOf(c), c.req.valid('json'));
      return c.json(toSqlResponse(result), 200);
    })
    .openapi(exportRoute, async (c) => {
      const id = parseId<ExportId>(c.req.valid('param').id);
      if (!id) throw new AppError('export_not_found');
      const headers = {
        'Content-Type': 'text/csv; charset=utf-8',
        'Content-Disposition': `attachment; filename="export-${id}.csv"`,
      };
      // A fetch has an effect, and is written down; asking for its headers alone must have none (RFC 9110 §9.3.2).
      if (c.req.method === 'HEAD') {
        await lookForExport(c.var.deps, administratorOf(c), id);
        return c.body(null, 200, headers);
      }
      const lines = await readExport(c.var.deps, administratorOf(c), id);
      return c.body(streamOf(lines), 200, headers);
    });
}

/** Each line is made when the one before it has been taken. */
function streamOf(lines: Iterable<string>): ReadableStream<Uint8Array> {
  const iterator = lines[Symbol.iterator]();
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}
