import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { addressSubject } from '../auth/address.ts';
import { toUser, USER_COLUMNS, type User, userColumns } from '../auth/store.ts';
import { statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import { textArray } from '../db/text-array.ts';
import type { UserId } from '../ids.ts';
import type { AdminDeps } from './ports.ts';

/** An account as administrators see it. */
export type AdminUser = FoundUser & { readonly lockedUntil: Date | null };

/** The same but for what is known by its address alone. */
export type FoundUser = User & {
  readonly lastLoginAt: Date | null;
  readonly externalPlatform: string | null;
  readonly externalStoreId: string | null;
  readonly stripeCustomerId: string | null;
};

const columns = {
  ...userColumns,
  last_login_at: instant.nullable(),
  external_platform: z.string().nullable(),
  external_store_id: z.string().nullable(),
  stripe_customer_id: z.string().nullable(),
};

/** A row of {@link FOUND_USER}. */
export const foundUser = z.object(columns).transform(
  (row): FoundUser => ({
    ...toUser(row),
    lastLoginAt: row.last_login_at,
    externalPlatform: row.external_platform,
    externalStoreId: row.external_store_id,
    stripeCustomerId: row.stripe_customer_id,
  }),
);

/** The columns of a user, of the table `users` and no other beside it. */
export const FOUND_USER: SQL = sql`
  ${USER_COLUMNS}, external_platform, external_store_id, stripe_customer_id,
  (SELECT max(sessions.created_at) FROM sessions WHERE sessions.user_id = users.id) AS last_login_at`;

export const userById = (userId: UserId) =>
  statement(foundUser, sql`SELECT ${FOUND_USER} FROM users WHERE users.id = ${userId}::uuid`);

/** Until when addresses have to wait, by their subjects. */
export const locksOf = (subjects: readonly string[]) =>
  statement(
    z.object({ subject: z.string(), locked_until: instant }),
    sql`SELECT subject, locked_until FROM login_throttles
        WHERE subject = ANY (${textArray(subjects)}) AND locked_until > now()`,
  );

/** The names of accounts in the counters of wrong passwords, which the database can't tell. */
export const subjectsOf = (
  { validationHash }: Pick<AdminDeps, 'validationHash'>,
  users: readonly Pick<User, 'email'>[],
): Promise<string[]> => Promise.all(users.map(({ email }) => addressSubject(validationHash, email)));

/** @param subjects of the users, in their order */
export function withLocks(
  users: readonly FoundUser[],
  subjects: readonly string[],
  locks: readonly { readonly subject: string; readonly locked_until: Date }[],
): AdminUser[] {
  const until = new Map(locks.map((lock) => [lock.subject, lock.locked_until]));
  return users.map((user, index) => ({ ...user, lockedUntil: until.get(subjects[index] ?? '') ?? null }));
}
