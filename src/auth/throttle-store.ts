import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin, rareEvent } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import type { UserId } from '../ids.ts';
import { addressOf } from './login-code.ts';
import {
  FAILURE_MEMORY_SECONDS,
  FAILURES_BEFORE_LOCK,
  FIRST_LOCK_SECONDS,
  LONGEST_LOCK_SECONDS,
} from './rules.ts';

const RETRY_AFTER = sql.raw(
  'CASE WHEN locked_until > now() THEN ceil(extract(epoch FROM locked_until - now()))::int END AS retry_after',
);
/** A row while the address has to wait, with the seconds left. */
export const standingLock = (subject: string) =>
  statement(
    z.object({ retry_after: z.number() }),
    sql`SELECT ${RETRY_AFTER} FROM login_throttles WHERE subject = ${subject} AND locked_until > now()`,
  );

/** Whether a subject need not wait; exact where its counter is locked by an earlier statement. */
export const notLocked = (subject: string) =>
  sql`NOT EXISTS (SELECT FROM login_throttles WHERE login_throttles.subject = ${subject} AND locked_until > now())`;

/** A wrong password or code. */
export type Attempt = {
  /** Under which it is counted. */
  readonly subject: string;
  readonly method: 'password' | 'code';
  readonly origin: Origin;
  /** Whose password was asked for, null for nobody's. */
  readonly targetId: UserId | SQL | null;
  /** Who asked, where a session says so. */
  readonly userId?: UserId;
};

/** Of a counter that was just written: whether it locked now, and not before. */
const LOCKED_NOW = sql`(
  (locks > 1 OR cardinality(failed_at) <= ${FAILURES_BEFORE_LOCK}::int)
  AND locked_until = now() + make_interval(secs => least(
    ${FIRST_LOCK_SECONDS}::float8 * power(2, locks - 1), ${LONGEST_LOCK_SECONDS}::float8)))`;

/** What the audit log keeps of an attempt that was `counted`. */
function attemptCtes({ subject, method, origin, targetId, userId }: Attempt): SQL {
  const known = sql`(SELECT ${targetId}::uuid AS id)`;
  const event = (name: 'auth.login_failed' | 'auth.locked', condition: SQL) =>
    eventCte(
      name,
      'user',
      origin,
      sql`SELECT ${userId ?? null}::uuid, target.id, NULL, jsonb_build_object('method', ${method}::text)
          FROM counted, ${known} AS target WHERE target.id IS NOT NULL AND ${condition}`,
    );
  return sql`
        ${event('auth.login_failed', sql`NOT refused`)},
        ${event('auth.locked', sql`locked_now`)},
        unknown_address AS (
          ${rareEvent(
            'auth.login_failed',
            'address',
            origin,
            sql`SELECT ${addressOf(subject)}::text, jsonb_build_object('method', ${method}::text)
                FROM counted, ${known} AS target WHERE target.id IS NULL AND NOT refused`,
          )}
        )`;
}

/**
 * Counts a wrong password, and says whether it is one too many. What counts is the order in which attempts are
 * counted, not in which they came, so any number of guesses at once still gets the first ten answered and no more.
 *
 * The tenth within a quarter of an hour locks for a minute; each one after a lock has run out locks for twice as long
 * as the last, up to an hour; a quiet quarter of an hour after the last failure or lock and the count begins anew.
 *
 * In the audit log are the failures that were answered and each lock, so at most ten and a few in a quarter of an hour
 * of an account, however many there are. Of addresses without an account the first in a minute stands for all.
 */
export const countFailure = (attempt: Attempt, condition: SQL = sql`true`) =>
  statement(
    z.object({ refused: z.boolean(), retry_after: z.number().nullable() }),
    sql`WITH counted AS (
        INSERT INTO login_throttles AS throttle (subject, failed_at) SELECT ${attempt.subject}, ARRAY[now()] WHERE ${condition}
        ON CONFLICT (subject) DO UPDATE SET
          (failed_at, locks, locked_until) = (
            SELECT recent,
                   CASE WHEN locks_now THEN state.locks + 1 ELSE state.locks END,
                   CASE WHEN locks_now
                        THEN now() + make_interval(secs => least(
                          ${FIRST_LOCK_SECONDS}::float8 * power(2, state.locks), ${LONGEST_LOCK_SECONDS}::float8))
                        ELSE throttle.locked_until END
            FROM (
              SELECT *, NOT is_locked AND (locks > 0 OR cardinality(recent) >= ${FAILURES_BEFORE_LOCK}::int) AS locks_now
              FROM (
                SELECT coalesce(throttle.locked_until > now(), false) AS is_locked,
                       CASE WHEN greatest(throttle.failed_at[1], throttle.locked_until)
                                 < now() - make_interval(secs => ${FAILURE_MEMORY_SECONDS})
                            THEN 0 ELSE least(throttle.locks, 30) END AS locks,
                       -- One more than lock: enough to tell the tenth from those that come after it.
                       ARRAY(SELECT at FROM unnest(throttle.failed_at || now()) AS at
                             WHERE at > now() - make_interval(secs => ${FAILURE_MEMORY_SECONDS})
                             ORDER BY at DESC LIMIT ${FAILURES_BEFORE_LOCK + 1}::int) AS recent
              ) AS counted
            ) AS state
          )
        RETURNING locks > 1 OR cardinality(failed_at) > ${FAILURES_BEFORE_LOCK}::int AS refused, ${RETRY_AFTER},
                  ${LOCKED_NOW} AS locked_now
        ),
        ${attemptCtes(attempt)}
        SELECT refused, retry_after FROM counted`,
  );

/**
 * `throttle(retry_after)`: forgets the failures of an address, unless it has to wait: then nothing changes and
 * `retry_after` is set. An upsert, because that alone sees a lock which another request commits meanwhile.
 */
export function forgiveCte(subject: string) {
  return sql`
    throttle AS (
      INSERT INTO login_throttles AS throttle (subject) VALUES (${subject})
      ON CONFLICT (subject) DO UPDATE SET
        failed_at = CASE WHEN throttle.locked_until > now() THEN throttle.failed_at ELSE '{}' END,
        locks = CASE WHEN throttle.locked_until > now() THEN throttle.locks ELSE 0 END,
        locked_until = CASE WHEN throttle.locked_until > now() THEN throttle.locked_until END
      RETURNING ${RETRY_AFTER}
    )`;
}

/** {@link forgiveCte} by itself, for what has to know before it begins. */
export const forgive = (subject: string) =>
  statement(
    z.object({ retry_after: z.number().nullable() }),
    sql`WITH ${forgiveCte(subject)} SELECT retry_after FROM throttle`,
  );
