import { createRoute } from '@hono/zod-openapi';
import { ACTING_PROBLEMS, acting, idOr, READING_PROBLEMS, reading } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { callerOf } from '../http/api-key.ts';
import { BODY_PROBLEMS, json, jsonBody, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import type { ExportId } from '../ids.ts';
import { toSqlResponse } from './ask-answers.ts';
import { IdPath } from './contract.ts';
import { lookForExport, readExport } from './exports.ts';
import { listViews, runSql } from './run-sql.ts';
import * as contract from './sql-contract.ts';

const SQL_PROBLEMS = ['sql_refused', 'sql_timeout', 'sql_too_large'] as const;

const schemaRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/sql/schema',
  summary: 'The views that can be queried, and what stands in them',
  description: "An administrator's key needs the scope `admin:read`.",
  responses: {
    200: json(contract.SqlSchema, 'The views.'),
    ...problems(...READING_PROBLEMS),
  },
});

const runRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/sql',
  summary: 'Run one SELECT on the views',
  description:
    'As a database role that can read the views and nothing else; five seconds, 10,000 rows and 5 MB at most. `preview` ' +
    'answers the first 50 rows, `count` how many there are, `csv` an address to fetch them from.',
  request: { body: jsonBody(contract.SqlRequest) },
  responses: {
    200: json(contract.SqlResult, 'What the query answered.'),
    ...problems(...ACTING_PROBLEMS, ...BODY_PROBLEMS, ...SQL_PROBLEMS),
  },
});

const exportRoute = createRoute({
  ...acting,
  method: 'get',
  path: '/admin/exports/{id}',
  summary: 'Fetch an export as CSV',
  description:
    'For the administrator who made it, within an hour. The query is run again. Cells that a spreadsheet would take for a ' +
    'formula begin with an apostrophe. A HEAD request tells whether it is there, and runs nothing.',
  request: { params: IdPath },
  responses: {
    200: {
      description: 'RFC 4180, UTF-8, the names of the columns first.',
      content: { 'text/csv': { schema: { type: 'string' } } },
    },
    ...problems(...ACTING_PROBLEMS, 'export_not_found', ...SQL_PROBLEMS),
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
      const id = idOr<ExportId>('export_not_found', c.req.valid('param').id);
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
