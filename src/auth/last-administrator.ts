import { type SQL, sql } from 'drizzle-orm';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { UserId } from '../ids.ts';

/** The name of the lock in Postgres; nothing else here takes one of that kind. */
export const ADMINISTRATORS_LOCK = 4_711_001;

/**
 * Makes what follows in the batch wait for whatever else takes an administrator away, and see it: of two who demote
 * each other one comes first. Always the first of a transaction's locks, so that nobody waits for it who holds another.
 * Taken only for an account that is an administrator: others close theirs without queueing.
 */
export const lockAdministrators = (userId: UserId) =>
  statement(
    done,
    sql`SELECT (pg_advisory_xact_lock(${ADMINISTRATORS_LOCK}::bigint)::text IS NOT NULL)::int AS done
        FROM users WHERE id = ${userId}::uuid AND is_admin`,
  );

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
