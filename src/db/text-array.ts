import { type SQL, sql } from 'drizzle-orm';

/** A list of texts as a Postgres array. */
export const textArray = (values: readonly string[]): SQL =>
  sql`ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;
