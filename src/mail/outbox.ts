import { type SQL, sql } from 'drizzle-orm';
import type { OutboxId } from '../ids.ts';
import { UNMAILED_DOMAIN } from './unmailed.ts';

/** Mails of one kind to one address in an hour. */
const MAILS_PER_HOUR = 5;

/** The addresses of accounts that have none (docs/social-login.md). `.local` is no mail domain of anybody's. */
const UNMAILED = `%@${UNMAILED_DOMAIN}`;

/** Whether mail reaches an address at all. */
export const isMailed = (address: SQL): SQL => sql`${address} NOT LIKE ${UNMAILED}`;

/** How long the queue has, in seconds, before the sweep looks for the mail as well. */
const QUEUE_HEAD_START_SECONDS = 10;

/**
 * The CTEs that write a mail in the same statement as the change it tells of. They follow a CTE
 * `letter(user_id, kind, recipient, payload)` of at most one row, and give
 *
 * - `granted`: a row when there is a letter, mail reaches the address, and it may still get one of that kind. Whatever only makes
 *   sense with the mail (a link that kills the older one) selects from it.
 * - `mail`: the row of the outbox.
 *
 * The quota is exact under parallel requests: the upsert sees the row as it is once its lock is had, and an update
 * that its WHERE refuses returns nothing.
 *
 * @param subject keyed hash of the recipient's address, or an expression over `letter` for what else names the recipient
 * @param prefix of the three names, where one statement writes several mails
 */
export function mailCtes(id: OutboxId, subject: string | SQL, prefix: '' | `${string}_` = ''): SQL {
  const name = (cte: string) => sql.identifier(`${prefix}${cte}`);
  return sql`
    ${name('granted')} AS (
      INSERT INTO mail_quotas AS quota (subject, kind, sent_at)
      SELECT ${subject}, letter.kind, ARRAY[now()] FROM ${name('letter')} AS letter
      WHERE letter.recipient NOT LIKE ${UNMAILED}
      ON CONFLICT (subject, kind) DO UPDATE
        SET sent_at = (quota.sent_at || now())[greatest(cardinality(quota.sent_at) + 2 - ${MAILS_PER_HOUR}::int, 1):]
        WHERE cardinality(quota.sent_at) < ${MAILS_PER_HOUR}::int OR quota.sent_at[1] <= now() - interval '1 hour'
      RETURNING 1
    ),
    ${name('mail')} AS (
      INSERT INTO outbox (id, user_id, kind, recipient, payload, dedupe_key, next_attempt_at)
      SELECT ${id}::uuid, letter.user_id, letter.kind, letter.recipient, letter.payload, letter.kind || ':' || ${id}::text,
             now() + make_interval(secs => ${QUEUE_HEAD_START_SECONDS})
      FROM ${name('letter')} AS letter, ${name('granted')}
      RETURNING id
    )`;
}

/**
 * `mail`: the row of the outbox for a `letter`, whatever the address got before. For mails that tell an owner of
 * something that can't be made to happen over and over, and that nobody may keep from arriving by using the quota up.
 */
export function unmeteredMailCte(id: OutboxId): SQL {
  return sql`
    mail AS (
      INSERT INTO outbox (id, user_id, kind, recipient, payload, dedupe_key, next_attempt_at)
      SELECT ${id}::uuid, letter.user_id, letter.kind, letter.recipient, letter.payload, letter.kind || ':' || ${id}::text,
             now() + make_interval(secs => ${QUEUE_HEAD_START_SECONDS})
      FROM letter WHERE letter.recipient NOT LIKE ${UNMAILED}
      RETURNING id
    )`;
}

/**
 * `mails`: the rows of the outbox for `letters(user_id, kind, recipient, payload, dedupe_key)`, any number of them. A
 * key that was written before writes nothing: whatever tells of the same thing again says nothing new.
 */
export function keyedMailsCte(): SQL {
  return sql`
    mails AS (
      INSERT INTO outbox (user_id, kind, recipient, payload, dedupe_key, next_attempt_at)
      SELECT letters.user_id, letters.kind, letters.recipient, letters.payload, letters.dedupe_key,
             now() + make_interval(secs => ${QUEUE_HEAD_START_SECONDS})
      FROM letters WHERE ${isMailed(sql`letters.recipient`)}
      ON CONFLICT (dedupe_key) DO NOTHING
      RETURNING id
    )`;
}
