import { type CustomTypesConfig, types } from '@neondatabase/serverless';
import type { SQL } from 'drizzle-orm';
import { CasingCache } from 'drizzle-orm/casing';

// drizzle's `sql` and Neon's driver, without drizzle's database object between them: that brings all its query
// builders, 14 KiB gzip of the bundle, and nothing here asks them.

const DIALECT = {
  casing: new CasingCache(),
  escapeName: (name: string) => `"${name.replaceAll('"', '""')}"`,
  escapeParam: (index: number) => `$${index + 1}`,
  escapeString: (text: string) => `'${text.replaceAll("'", "''")}'`,
};

/** A statement as Postgres takes it: `$1` where a value stood. */
export function writeSql(sql: SQL): { text: string; params: unknown[] } {
  const { sql: text, params } = sql.toQuery(DIALECT);
  return { text, params };
}

/** What stays the text that Postgres sent (rows.ts reads it): the driver's own parsers lose microseconds and digits. */
const AS_TEXT: ReadonlySet<number> = new Set([
  1082, // date
  1114, // timestamp
  1184, // timestamptz
  1186, // interval
  1182, // date[]
  1115, // timestamp[]
  1185, // timestamptz[]
  1187, // interval[]
  1231, // numeric[]
]);

const asText = (value: string) => value;

/** How the driver reads a row's values, by the OID of their type. */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: (id, format) => (AS_TEXT.has(id) ? asText : types.getTypeParser(id, format)),
};
