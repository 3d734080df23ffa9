import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { TokenClaims } from './ports.ts';

/** What {@link TokenClaims} came to for an account. */
export const addedClaims = z.record(z.string(), z.unknown());
export type AddedClaims = z.output<typeof addedClaims>;

/** Reads them, as one `jsonb`. */
export const readClaims = (claims: TokenClaims, userId: SQL): SQL => {
  const pairs = Object.entries(claims).map(([name, read]) => sql`${name}::text, ${read(userId)}`);
  return sql`jsonb_build_object(${sql.join(pairs, sql`, `)})`;
};
