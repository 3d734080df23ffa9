import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import { EVENT_STATUSES } from '../billing/event-store.ts';
import { statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { countUpTo, type Listed, listed, type Page, slice, where } from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';

/** An event that Stripe told of, and what became of it. */
export type WebhookEvent = z.output<typeof eventRow>;

const columns = {
  id: z.string(),
  type: z.string(),
  object_id: z.string().nullable(),
  status: z.enum(EVENT_STATUSES),
  attempts: z.number(),
  deliveries: z.number(),
  last_error: z.string().nullable(),
  next_attempt_at: instant,
  occurred_at: instant,
  created_at: instant,
  processed_at: instant.nullable(),
};
const eventRow = z.object(columns);
const COLUMNS = sql.raw(Object.keys(columns).join(', '));

const eventById = (eventId: string) =>
  statement(eventRow, sql`SELECT ${COLUMNS} FROM stripe_events WHERE id = ${eventId}`);

/** Webhook events, the newest first. One round trip. */
export async function listEvents(
  deps: AdminDeps,
  caller: Caller,
  { status }: { readonly status?: WebhookEvent['status'] | undefined },
  page: Page,
): Promise<Listed<WebhookEvent>> {
  const matches = where([status && sql`status = ${status}`]);
  const [rows, [count]] = await readAsAdministrator(deps, caller, [
    statement(
      eventRow,
      sql`SELECT ${COLUMNS} FROM stripe_events WHERE ${matches} ORDER BY created_at DESC, id DESC ${slice(page)}`,
    ),
    countUpTo(sql`stripe_events WHERE ${matches}`),
  ]);
  return listed(rows, count?.total, page, false);
}

/** @throws {AppError} `event_not_found` */
export async function readEvent(deps: AdminDeps, caller: Caller, eventId: string): Promise<WebhookEvent> {
  const [[event]] = await readAsAdministrator(deps, caller, [eventById(eventId)]);
  if (!event) throw new AppError('event_not_found');
  return event;
}

/**
 * Gives an event back to work that was left, or that waits to be tried again: what it is about is fetched as it is now.
 * Of any number at once one does. Two round trips.
 *
 * @throws {AppError} `event_not_found`, `event_not_replayable`, and those of `authorize`
 */
export async function replayEvent(deps: AdminDeps, admin: Administrator, eventId: string): Promise<void> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [eventById(eventId)]);
  if (!results[0][0]) throw new AppError('event_not_found');
  const [replayed] = await deps.db.query(replay(admin, eventId));
  if (!replayed?.allowed) throw new AppError('admin_required');
  if (!replayed.done) throw new AppError('event_not_replayable');
  deps.announceBilling({ stripe_event_id: eventId });
}

/**
 * The number of attempts stays: it names the claim of whoever is at the event, and none may have a number again. So
 * one that fails at a replay long after it came is given up at once, and stands there for the next.
 */
const replay = (admin: Administrator, eventId: string) =>
  statement(
    z.object({ allowed: z.boolean(), done: z.boolean() }),
    sql`WITH verdict AS (SELECT ${stillAdministrator(admin)} AS allowed),
        standing AS (
          SELECT id, status, attempts, last_error FROM stripe_events, verdict
          WHERE id = ${eventId} AND status IN ('dead', 'failed', 'orphan') AND verdict.allowed
          FOR UPDATE OF stripe_events
        ),
        replayed AS (
          UPDATE stripe_events SET status = 'received', next_attempt_at = now(), locked_until = NULL, processed_at = NULL
          FROM standing WHERE stripe_events.id = standing.id
          RETURNING stripe_events.id, stripe_events.status
        ),
        audited AS (
          SELECT standing.id AS target_id,
                 jsonb_build_object('status', standing.status, 'attempts', standing.attempts, 'last_error', standing.last_error) AS before,
                 jsonb_build_object('status', replayed.status) AS after
          FROM standing JOIN replayed ON replayed.id = standing.id
        ),
        ${auditCte(actorOf(admin), { action: 'event.replay', targetType: 'event' })}
        SELECT allowed, EXISTS (SELECT FROM replayed) AS done FROM verdict`,
  );
