import { neon, types } from '@neondatabase/serverless';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/neon-http';
import { PgDialect } from 'drizzle-orm/pg-core';
import { expect, it, vi } from 'vitest';
import { rowTypes, writeSql } from '../../src/db/postgres.ts';

/** drizzle's own database object is not in the bundle; what stands in its place does as it does. */
it('a statement is written as drizzle writes it for Postgres', () => {
  const name = sql.identifier('a"b');
  const list = sql.join([sql`${1}`, sql`${'two'}`], sql`, `);
  const statement = sql`WITH ${name} AS (SELECT ${null}, ${list}) ${sql.raw('FOR SHARE')} ${["it's"]} ${undefined}
    ${sql`${"it's"}`.inlineParams()} ${new Date(0)}`;

  const { sql: text, params } = new PgDialect().sqlToQuery(statement);
  expect(writeSql(statement)).toEqual({ text, params });
  expect(text).toContain('"a""b"');
});

it('a row has as text what drizzle leaves as text, and all else as the driver reads it', () => {
  const set = vi.spyOn(types, 'setTypeParser').mockReturnValue();
  drizzle(neon('postgres://nobody@127.0.0.1/none'));
  const asText = set.mock.calls.map(([id]) => id);

  expect(asText).toContain(types.builtins.TIMESTAMPTZ);
  for (const id of asText) expect(rowTypes.getTypeParser(id)('1')).toBe('1');
  for (const id of Object.values(types.builtins).filter((other) => !asText.includes(other))) {
    expect(rowTypes.getTypeParser(id)).toBe(types.getTypeParser(id));
  }
});
