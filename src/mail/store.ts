import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done, id } from '../db/rows.ts';
import type { OutboxId } from '../ids.ts';

/** What becomes of a mail. */
export const MAIL_STATUSES = ['pending', 'sent', 'dead'] as const;

/** The first attempt and three retries. */
export const MAX_ATTEMPTS = 4;

/** For how long a claimed mail is its claimer's alone. Sending has to be over well before. */
const LEASE_SECONDS = 60;

/** Nobody is sending it now, as far as can be known. */
const NO_LIVE_LEASE = sql`(locked_until IS NULL OR locked_until <= now())`;

/**
 * Claims a mail for sending: the update waits for the row's lock and judges the row as it is then, so that of any
 * number at once one gets a row and the others none. `attempt` names the claim: no other
 * has the number until an administrator has a dead mail sent again, which counts anew. Whoever claimed it before is long
 * through by then: a mail is dead after its last attempt, or when the lease of that one is over.
 */
export const claim = (outboxId: OutboxId) =>
  statement(
    z.object({
      kind: z.string(),
      recipient: z.string(),
      payload: z.record(z.string(), z.unknown()),
      attempt: z.int(),
    }),
    sql`UPDATE outbox
        SET attempts = attempts + 1, locked_until = now() + make_interval(secs => ${LEASE_SECONDS})
        WHERE id = ${outboxId} AND status = 'pending' AND attempts < ${MAX_ATTEMPTS}::int AND ${NO_LIVE_LEASE}
        RETURNING kind, recipient, payload, attempts AS attempt`,
  );

/** Notes that the server took the mail. Whoever holds the lease by now: it was sent, and that is what counts. */
export const markSent = (outboxId: OutboxId) =>
  statement(
    done,
    sql`UPDATE outbox SET status = 'sent', sent_at = now(), locked_until = NULL, last_error = NULL
        WHERE id = ${outboxId} AND status <> 'sent'`,
  );

/**
 * Notes a failed attempt and gives the lease back; the last one buries the mail. No row when the claim is not
 * ours any more: its lease ran out and somebody else is at it.
 */
export const markFailed = (outboxId: OutboxId, attempt: number, reason: string, retryAfterSeconds: number) =>
  statement(
    z.object({ status: z.enum(['pending', 'dead']) }),
    sql`UPDATE outbox
        SET status = CASE WHEN attempts < ${MAX_ATTEMPTS}::int THEN 'pending' ELSE 'dead' END,
            last_error = ${reason}, locked_until = NULL,
            next_attempt_at = now() + make_interval(secs => ${retryAfterSeconds})
        WHERE id = ${outboxId} AND status = 'pending' AND attempts = ${attempt}::int
        RETURNING status`,
  );

/** Buries what was claimed for the last time by somebody who never came back. */
export const buryAbandoned = () =>
  statement(
    z.object({ id: id<OutboxId>() }),
    sql`UPDATE outbox
        SET status = 'dead', locked_until = NULL, last_error = 'interrupted during the last attempt'
        WHERE status = 'pending' AND attempts >= ${MAX_ATTEMPTS}::int AND ${NO_LIVE_LEASE}
        RETURNING id`,
  );

/** The mails that are due, the longest overdue first. A list and not a claim: each is claimed when its turn comes. */
export const due = (limit: number) =>
  statement(
    z.object({ id: id<OutboxId>() }),
    sql`SELECT id FROM outbox
        WHERE status = 'pending' AND attempts < ${MAX_ATTEMPTS}::int AND next_attempt_at <= now() AND ${NO_LIVE_LEASE}
        ORDER BY next_attempt_at
        LIMIT ${limit}::int`,
  );
