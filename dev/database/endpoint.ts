import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isLocalRequest, LOOPBACK, listen, readBody, sendJson, stop } from '../http.ts';
import { toFailure } from './errors.ts';
import { execute } from './execute.ts';
import { readSqlRequest } from './request.ts';
import type { DatabaseServer } from './server.ts';

/** A route the tests add, beside `POST /sql`. Answers `undefined` when the request is not its own. */
export type ExtraRoute = (method: string, path: string) => Promise<unknown> | undefined;

/** Sees every request before it reaches the database; a throw is the answer. */
export type RequestGate = (database: string) => void;

export type DatabaseEndpointOptions = {
  readonly server: DatabaseServer;
  /** 0 takes any free port. */
  readonly port: number;
  readonly extraRoute?: ExtraRoute;
  readonly gate?: RequestGate;
};

/** A running endpoint. Closing it closes the databases too. */
export type DatabaseEndpoint = {
  readonly url: string;
  /** The connection string of one of its databases, for `DATABASE_URL`. */
  connectionString(database: string): string;
  close(): Promise<void>;
};

/**
 * Serves Neon's "SQL over HTTP" (`POST /sql`) on the loopback interface, as `@neondatabase/serverless` speaks it.
 * Passwords are not checked; a user other than the owner runs with the rights of the role of that name.
 */
export async function startDatabaseEndpoint(options: DatabaseEndpointOptions): Promise<DatabaseEndpoint> {
  const { server } = options;
  const http = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      const { status, body } = toFailure(error);
      if (!response.headersSent) sendJson(response, status, body);
    });
  });
  const port = await listen(http, options.port);
  return {
    url: `http://${LOOPBACK}:${port}`,
    connectionString: (database) => connectionString(server.owner, port, database),
    async close() {
      await stop(http);
      await server.close();
    },
  };
}

/** The connection string of a database behind an endpoint on this machine. */
export function connectionString(owner: string, port: number, database: string): string {
  return `postgres://${owner}:${owner}@${LOOPBACK}:${port}/${database}`;
}

async function answer(
  { server, extraRoute, gate }: DatabaseEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<ServerResponse> {
  const path = request.url?.split('?')[0] ?? '';
  if (!isLocalRequest(request)) return sendJson(response, 403, { message: 'only for this machine' });
  const extra = extraRoute?.(request.method ?? '', path);
  if (extra) return sendJson(response, 200, await extra);
  if (path !== '/sql') return sendJson(response, 404, { message: 'not found' });
  if (request.method !== 'POST') return sendJson(response, 405, { message: 'POST only' });
  const sql = readSqlRequest(request.headers, await readBody(request));
  gate?.(sql.database);
  return sendJson(response, 200, await execute(server, sql));
}
