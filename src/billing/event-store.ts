import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { isHandled } from './events.ts';
import { DISPUTE_STATES, type EventRefs, type ProviderEvent } from './ports.ts';

/** How long an event is tried before it is left to a person: as long as Stripe itself would repeat it. */
const GIVE_UP_AFTER = sql.raw(`interval '3 days'`);

/** Longer than an attempt takes, as a rule; where it isn't, two of them at once do no harm. */
const LEASE_SECONDS = 60;

/** How long the queue has before the sweep looks for it as well. */
const QUEUE_HEAD_START_SECONDS = 10;

const eventRefs = z.object({
  subscription: z.string().optional(),
  customer: z.string().optional(),
  invoice: z.string().optional(),
  session: z.string().optional(),
  checkoutIntent: z.string().optional(),
  paymentIntent: z.string().optional(),
  dispute: z.enum(DISPUTE_STATES).optional(),
}) satisfies z.ZodType<EventRefs>;

/** What becomes of a webhook event; `orphan`: about somebody or something that is not ours. */
export const EVENT_STATUSES = ['received', 'processing', 'failed', 'done', 'orphan', 'dead'] as const;
const status = z.enum(EVENT_STATUSES);

/**
 * Takes note of an event, once: a repetition is counted. One that nothing here is concerned with is over with that.
 * Answers its status.
 */
export const ingest = (event: ProviderEvent) =>
  statement(
    z.object({ status }),
    sql`INSERT INTO stripe_events AS known (id, type, object_id, refs, occurred_at, status, next_attempt_at)
        VALUES (${event.id}, ${event.type}, ${event.objectId}, ${JSON.stringify(event.refs)}::jsonb,
                ${event.occurredAt.toISOString()}::timestamptz, ${isHandled(event.type) ? 'received' : 'done'},
                now() + make_interval(secs => ${QUEUE_HEAD_START_SECONDS}))
        ON CONFLICT (id) DO UPDATE SET deliveries = known.deliveries + 1
        RETURNING status`,
  );

/** The same for events that were caught up with; answers the ids of those that are new. */
export const ingestMissed = (events: readonly ProviderEvent[]) =>
  statement(
    z.object({ id: z.string() }),
    sql`INSERT INTO stripe_events (id, type, object_id, refs, occurred_at)
        SELECT told.id, told.type, told.object_id, told.refs, told.occurred_at
        FROM jsonb_to_recordset(${JSON.stringify(
          events.map((event) => ({ ...event, object_id: event.objectId, occurred_at: event.occurredAt })),
        )}::jsonb) AS told(id text, type text, object_id text, refs jsonb, occurred_at timestamptz)
        ON CONFLICT (id) DO NOTHING
        RETURNING id`,
  );

/**
 * Takes an event for a while, and raises the fence of its subscription where it names one: before anything is
 * fetched. Nothing when it is done, dead, or somebody else's.
 */
export const claimEvent = (eventId: string) =>
  statement(
    z.object({
      type: z.string(),
      refs: eventRefs,
      attempts: z.number(),
      fence: z.coerce.number().nullable(),
    }),
    sql`WITH claimed AS (
          UPDATE stripe_events
          SET status = 'processing', attempts = attempts + 1,
              locked_until = now() + make_interval(secs => ${LEASE_SECONDS})
          WHERE id = ${eventId}
            AND (status IN ('received', 'failed') OR (status = 'processing' AND locked_until < now())
                 OR (status = 'orphan' AND next_attempt_at <= now()))
          RETURNING type, refs, attempts
        ),
        raised AS (
          INSERT INTO sync_fences AS held (object_id, fence)
          SELECT refs ->> 'subscription', 1 FROM claimed WHERE refs ? 'subscription'
          ON CONFLICT (object_id) DO UPDATE SET fence = held.fence + 1
          RETURNING fence
        )
        SELECT claimed.type, claimed.refs, claimed.attempts, (SELECT fence FROM raised) AS fence FROM claimed`,
  );

/**
 * Closes an event in the batch that wrote what it led to: `orphan` when the subscription it names is nobody's here,
 * or of a price that is no plan's. Orphans are looked at again a day later, for a week.
 */
export const finishEvent = (
  eventId: string,
  attempts: number,
  subscription: { readonly provider: string; readonly id: string } | null,
) =>
  statement(
    z.object({ status }),
    sql`UPDATE stripe_events
        SET status = CASE WHEN ${subscription?.id ?? null}::text IS NULL OR EXISTS (
              SELECT FROM subscriptions
              WHERE provider = ${subscription?.provider ?? null}
                AND provider_subscription_id = ${subscription?.id ?? null} AND (plan_id IS NOT NULL OR user_id IS NULL)
            ) THEN 'done' ELSE 'orphan' END,
            processed_at = now(), locked_until = NULL, last_error = NULL, next_attempt_at = now() + interval '1 day'
        WHERE id = ${eventId} AND status = 'processing' AND attempts = ${attempts}
        RETURNING status`,
  );

/** Closes an event about something that is not ours. */
export const orphanEvent = (eventId: string, attempts: number) =>
  statement(
    z.object({ status }),
    sql`UPDATE stripe_events
        SET status = 'orphan', processed_at = now(), locked_until = NULL, last_error = NULL,
            next_attempt_at = now() + interval '1 day'
        WHERE id = ${eventId} AND status = 'processing' AND attempts = ${attempts}
        RETURNING status`,
  );

/** Gives an event back, to be tried again after twice the last wait. */
export const failEvent = (eventId: string, attempts: number, reason: string) =>
  statement(
    z.object({ status, retry_after: z.number() }),
    sql`UPDATE stripe_events
        SET status = CASE WHEN created_at < now() - ${GIVE_UP_AFTER} THEN 'dead' ELSE 'failed' END,
            locked_until = NULL, last_error = ${reason},
            next_attempt_at = now() + make_interval(secs => least(10 * 2 ^ (attempts - 1), 3600))
        WHERE id = ${eventId} AND status = 'processing' AND attempts = ${attempts}
        RETURNING status, extract(epoch FROM next_attempt_at - now())::int AS retry_after`,
  );

/** Events whose time has come, the longest waiting first: never begun, failed, or left by somebody who died. */
export const dueEvents = (limit: number) =>
  statement(
    z.object({ id: z.string() }),
    sql`SELECT id FROM stripe_events
        WHERE next_attempt_at <= now()
          AND (status IN ('received', 'failed') OR (status = 'processing' AND locked_until < now()))
        ORDER BY next_attempt_at LIMIT ${limit}`,
  );

/** Orphans to look at again. */
export const dueOrphans = (limit: number) =>
  statement(
    z.object({ id: z.string() }),
    sql`SELECT id FROM stripe_events
        WHERE status = 'orphan' AND next_attempt_at <= now() AND created_at > now() - interval '7 days'
        ORDER BY next_attempt_at LIMIT ${limit}`,
  );

/** A checkout that nobody can pay any more. */
export const closeCheckout = (sessionId: string) =>
  statement(
    done,
    sql`UPDATE checkout_intents SET status = 'expired' WHERE provider_session_id = ${sessionId} AND status = 'open'`,
  );

/** A customer that is gone at the provider: the next purchase makes another, and of this one's we still hear. */
export const forgetCustomer = (customerId: string) =>
  statement(
    done,
    sql`WITH forgotten AS (
          UPDATE users SET stripe_customer_id = NULL WHERE stripe_customer_id = ${customerId} RETURNING id
        )
        INSERT INTO former_customers (customer_id, user_id) SELECT ${customerId}, id FROM forgotten
        ON CONFLICT DO NOTHING`,
  );
