import * as z from 'zod';

/** A `timestamptz` as the driver hands it over. */
export const instant = z.string().transform((value) => new Date(value));

/** An id that Postgres vouches for. */
export const id = <Id extends string>() => z.string().transform((value) => value as Id);

/** A statement that matters for its effect; where it answers `SELECT 1 AS done`, a row says that it took place. */
export const done = z.object({ done: z.literal(1).optional() });
