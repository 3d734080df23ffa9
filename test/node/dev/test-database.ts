/// <reference path="../../support/provided.d.ts" />
import { afterAll, beforeAll, inject } from 'vitest';
import { connect, type Sql } from '../../../dev/database/connect.ts';

/** A database of the shared endpoint, for the tests of one `describe`. */
export type TestDatabase = {
  readonly url: string;
  readonly sql: Sql;
  /** Asks one of the endpoint's test routes about it. */
  route(method: string, aspect: string): Promise<unknown>;
};

/** Makes a fresh copy of the migrated template before the tests and drops it after them. */
export function useDatabase(): TestDatabase {
  const name = `t_${crypto.randomUUID().replaceAll('-', '')}`;
  const endpoint = inject('databaseEndpoint');
  const url = `postgres://tollgate:tollgate@${new URL(endpoint).host}/${name}`;
  const route = async (method: string, aspect: string): Promise<unknown> => {
    const response = await fetch(`${endpoint}/db/${name}${aspect}`, { method });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  beforeAll(() => route('PUT', ''));
  afterAll(() => route('DELETE', ''));
  return { url, sql: connect(url), route };
}
