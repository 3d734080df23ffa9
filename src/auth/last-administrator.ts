import { type SQL, sql } from 'drizzle-orm';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { UserId } from '../ids.ts';

/** The name of the lock in Postgres; nothing else here takes one of that kind. */
export const ADMINISTRATORS_LOCK = 4_711_001;

/** The lock exclusively: for whoever makes somebody an administrator. See {@link lockAdministrators}. */
export const lockForAnother = statement(
  done,
  sql`SELECT (pg_advisory_xact_lock(${ADMINISTRATORS_LOCK}::bigint)::text IS NOT NULL)::int AS done`,
);

/**
 * Makes what follows in the batch wait for whatever else makes or takes an administrator away, and see it: of two who
 * demote each other one comes first. Always the first of a transaction's locks, so that nobody waits for it who holds
 * another. Whoever is no administrator shares it: such accounts are closed without queueing, and none of them becomes
 * one, and counts, while it is. Who became one while they waited is asked a second time, under the lock.
 */
export const lockAdministrators = (userId: UserId) => [
  statement(
    done,
    sql`SELECT (CASE WHEN is_admin THEN pg_advisory_xact_lock(${ADMINISTRATORS_LOCK}::bigint)::text
                     ELSE pg_advisory_xact_lock_shared(${ADMINISTRATORS_LOCK}::bigint)::text END IS NOT NULL)::int AS done
        FROM users WHERE id = ${userId}::uuid`,
  ),
  statement(
    done,
    sql`SELECT (pg_advisory_xact_lock(${ADMINISTRATORS_LOCK}::bigint)::text IS NOT NULL)::int AS done
        FROM users WHERE id = ${userId}::uuid AND is_admin`,
  ),
];

const EFFECTIVE = (users: SQL) => sql`(${users}.is_admin AND ${users}.is_active AND ${users}.is_verified)`;

/**
 * Whether an account is the last administrator who can do anything: one that is active and verified. True under
 * {@link lockAdministrators} alone.
 *
 * @param account a table or CTE with the row of a user
 */
export const isLastAdministrator = (account: SQL): SQL => sql`(
  ${EFFECTIVE(account)}
  AND NOT EXISTS (SELECT FROM users AS other WHERE ${EFFECTIVE(sql`other`)} AND other.id <> ${account}.id))`;

/** The same of one account, to be asked before something that can't be taken back. */
export const lastAdministrator = (userId: UserId) =>
  statement(
    done,
    sql`SELECT 1 AS done FROM users WHERE users.id = ${userId}::uuid AND ${isLastAdministrator(sql`users`)}`,
  );
