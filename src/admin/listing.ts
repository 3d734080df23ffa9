import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';

/** Which part of a list is asked for. */
export type Page = { readonly limit: number; readonly offset: number };

/** A part of a list. */
export type Listed<T> = {
  readonly rows: readonly T[];
  readonly total: number;
  /** There may be more than `total`; how many was not counted. */
  readonly isEstimate: boolean;
  readonly hasMore: boolean;
};

/** As far as the rows of a filtered list are counted: the count must not take longer the more users there are. */
const COUNTED = 1_000;

/** One more than is asked for, to know whether there are more. */
export const slice = ({ limit, offset }: Page): SQL => sql`LIMIT ${limit + 1}::int OFFSET ${offset}::int`;

/** Created from an instant on, before another. */
export const createdWithin = (
  column: SQL,
  {
    createdFrom,
    createdTo,
  }: { readonly createdFrom?: Date | undefined; readonly createdTo?: Date | undefined },
): (SQL | undefined)[] => [
  createdFrom && sql`${column} >= ${createdFrom.toISOString()}::timestamptz`,
  createdTo && sql`${column} < ${createdTo.toISOString()}::timestamptz`,
];

/** What remains of conditions that may not be there. */
export const where = (conditions: readonly (SQL | '' | undefined)[]): SQL =>
  sql.join([sql`true`, ...conditions.filter((one) => one !== undefined && one !== '')], sql` AND `);

/** Counts no further than is of interest. `from` is all that follows FROM. */
export const countUpTo = (from: SQL) =>
  statement(
    z.object({ total: z.number() }),
    sql`SELECT count(*)::int AS total FROM (SELECT FROM ${from} LIMIT ${COUNTED + 1}::int) AS counted`,
  );

/**
 * How many there are of a kind that is tallied: exact, however many that is.
 *
 * @param which a condition on `tally.key`
 */
export const countTallied = (topic: 'users' | 'payments' | 'subscriptions', which: SQL) =>
  statement(
    z.object({ total: z.coerce.number() }),
    sql`SELECT coalesce(sum(tally.entries), 0) AS total
        FROM (SELECT topic, key, entries FROM tallies UNION ALL SELECT topic, key, entries FROM tally_entries) AS tally
        WHERE tally.topic = ${topic} AND ${which}`,
  );

/** @param exact whether the count is one of {@link countTallied} */
export function listed<T>(
  rows: readonly T[],
  count: number | undefined,
  page: Page,
  exact: boolean,
): Listed<T> {
  const hasMore = rows.length > page.limit;
  const seen = rows.length > 0 ? page.offset + rows.length : 0;
  const total = count ?? 0;
  const uncounted = !exact && total > COUNTED;
  return {
    rows: rows.slice(0, page.limit),
    total: uncounted ? Math.max(COUNTED, seen) : total,
    // The last page says where the list ends.
    isEstimate: uncounted && (hasMore || seen === 0),
    hasMore,
  };
}
