import { MIGRATIONS_FOLDER } from '../project.ts';
import { connect } from './connect.ts';
import { type DatabaseEndpoint, type ExtraRoute, startDatabaseEndpoint } from './endpoint.ts';
import { BadRequestError, UnreachableError } from './errors.ts';
import { migrate } from './migrator.ts';
import { startPGliteServer } from './pglite.ts';
import { startPostgresServer } from './postgres.ts';
import type { TestDatabaseServer } from './server.ts';

const OWNER = 'tollgate';

export type TestDatabasesOptions = {
  /** A superuser's connection string; without one every database is a PGlite in memory. */
  readonly postgresUrl?: string | undefined;
  /** `null` for an empty template. */
  readonly migrationsFolder?: string | null;
};

/**
 * Starts the endpoint for a test run, over a template that has every migration. Beside `POST /sql` it answers
 *
 * - `PUT /db/<name>` a fresh copy of the template → `{ url }`, its connection string; `DELETE /db/<name>` drops it
 * - `GET /db/<name>/requests` → `{ count }`, the HTTP requests (= round trips) made to it so far
 * - `PUT /db/<name>/outage` as if the database were away, until `DELETE /db/<name>/outage`
 */
export async function startTestDatabases(options: TestDatabasesOptions = {}): Promise<DatabaseEndpoint> {
  const { postgresUrl, migrationsFolder = MIGRATIONS_FOLDER } = options;
  const server = postgresUrl ? startPostgresServer(postgresUrl, OWNER) : startPGliteServer(OWNER);
  const counts = new Map<string, number>();
  const outages = new Set<string>();
  const endpoint: DatabaseEndpoint = await startDatabaseEndpoint({
    server,
    port: 0,
    extraRoute: testRoutes(server, counts, outages, (name) => endpoint.connectionString(name)),
    gate(database) {
      counts.set(database, (counts.get(database) ?? 0) + 1);
      if (outages.has(database)) throw new UnreachableError();
    },
  });
  try {
    const template = `tollgate_template_${process.pid}_${crypto.randomUUID().slice(0, 8)}`;
    await server.create(template);
    if (migrationsFolder) await migrate(connect(endpoint.connectionString(template)), migrationsFolder);
    await server.useAsTemplate(template);
  } catch (error) {
    await endpoint.close();
    throw error;
  }
  return endpoint;
}

function testRoutes(
  server: TestDatabaseServer,
  counts: Map<string, number>,
  outages: Set<string>,
  connectionString: (name: string) => string,
): ExtraRoute {
  const routes: Record<string, (name: string) => Promise<unknown>> = {
    'PUT /db': async (name) => {
      await server.create(name);
      counts.delete(name);
      outages.delete(name);
      return { url: connectionString(name) };
    },
    'DELETE /db': async (name) => {
      await server.drop(name);
      counts.delete(name);
      outages.delete(name);
      return {};
    },
    'GET /db/requests': async (name) => ({ count: counts.get(name) ?? 0 }),
    'PUT /db/outage': async (name) => {
      outages.add(name);
      return {};
    },
    'DELETE /db/outage': async (name) => {
      outages.delete(name);
      return {};
    },
  };
  return (method, path) => {
    const [, name, aspect] = /^\/db\/([^/]+)(\/\w+)?$/.exec(path) ?? [];
    const route = routes[`${method} /db${aspect ?? ''}`];
    if (!name || !route) return undefined;
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) {
      return Promise.reject(
        new BadRequestError('a database is called [a-z][a-z0-9_]*, 63 characters at most'),
      );
    }
    return route(name);
  };
}
