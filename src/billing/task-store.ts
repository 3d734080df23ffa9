import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import type { BillingTaskId } from '../ids.ts';

/** What may have to be done at the provider as a consequence, and what it needs to know. */
export const BillingTask = z.discriminatedUnion('kind', [
  /** A price that is sold no more. */
  z.object({ kind: z.literal('archive_price'), price_id: z.string() }),
  z.object({ kind: z.literal('rename_product'), code: z.string(), name: z.string() }),
  /** A checkout that something else took the place of. */
  z.object({ kind: z.literal('expire_checkout'), session_id: z.string() }),
  /** A subscription of an account that was deactivated. */
  z.object({ kind: z.literal('cancel_at_period_end'), provider: z.string(), subscription_id: z.string() }),
  /** A subscription that a newly paid one took the place of: what is left of its period becomes credit. */
  z.object({
    kind: z.literal('end_replaced'),
    provider: z.string(),
    subscription_id: z.string(),
    /** Not for money that was given back, or is disputed. */
    credit: z.boolean(),
  }),
  /** A second purchase of what was there already: ended, and the money given back. */
  z.object({ kind: z.literal('undo_duplicate'), provider: z.string(), subscription_id: z.string() }),
  /** What was used, to be charged for. */
  z.object({
    kind: z.literal('report_usage'),
    meter: z.string(),
    customer_id: z.string(),
    quantity: z.number(),
    used_at: instant,
  }),
]);
export type BillingTask = z.infer<typeof BillingTask>;

/** How long a task is tried before it is left to a person. */
const GIVE_UP_AFTER = sql.raw(`interval '3 days'`);

/** Longer than an attempt takes, as a rule; where it isn't, two of them at once do no harm. */
const LEASE_SECONDS = 60;

/** How long the queue has before the sweep looks for it as well. */
const QUEUE_HEAD_START_SECONDS = 10;

/**
 * `tasks`: a row for each of a CTE `due_tasks(kind, payload, dedupe_key)`. A key that was written before writes
 * nothing: a consequence is drawn once.
 */
export const tasksCte = (): SQL => sql`
  tasks AS (
    INSERT INTO billing_tasks (kind, payload, dedupe_key, next_attempt_at)
    SELECT due_tasks.kind, due_tasks.payload, due_tasks.dedupe_key,
           now() + make_interval(secs => ${QUEUE_HEAD_START_SECONDS})
    FROM due_tasks
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING id
  )`;

/** Takes a task for a while; nothing when it is done, dead, or somebody else's. */
export const claimTask = (taskId: BillingTaskId) =>
  statement(
    z.object({
      kind: z.string(),
      payload: z.record(z.string(), z.unknown()),
      dedupe_key: z.string(),
      attempts: z.number(),
      age_seconds: z.number(),
    }),
    sql`UPDATE billing_tasks
        SET attempts = attempts + 1, locked_until = now() + make_interval(secs => ${LEASE_SECONDS})
        WHERE id = ${taskId} AND status = 'pending' AND (locked_until IS NULL OR locked_until < now())
        RETURNING kind, payload, dedupe_key, attempts, extract(epoch FROM now() - created_at)::float8 AS age_seconds`,
  );

export const finishTask = (taskId: BillingTaskId) =>
  statement(
    done,
    sql`UPDATE billing_tasks SET status = 'done', locked_until = NULL, last_error = NULL WHERE id = ${taskId}`,
  );

/** Gives a task back, to be tried again after twice the last wait; or, for good, to a person. */
export const failTask = (taskId: BillingTaskId, attempts: number, reason: string, forGood: boolean) =>
  statement(
    z.object({ status: z.enum(['pending', 'dead']), retry_after: z.number() }),
    sql`UPDATE billing_tasks
        SET status = CASE WHEN ${forGood}::boolean OR created_at < now() - ${GIVE_UP_AFTER} THEN 'dead' ELSE 'pending' END,
            locked_until = NULL, last_error = ${reason},
            next_attempt_at = now() + make_interval(secs => least(10 * 2 ^ (attempts - 1), 3600))
        WHERE id = ${taskId} AND status = 'pending' AND attempts = ${attempts}
        RETURNING status, extract(epoch FROM next_attempt_at - now())::int AS retry_after`,
  );

/** Tasks whose time has come, the longest waiting first. */
export const dueTasks = (limit: number) =>
  statement(
    z.object({ id: id<BillingTaskId>() }),
    sql`SELECT id FROM billing_tasks
        WHERE status = 'pending' AND next_attempt_at <= now() AND (locked_until IS NULL OR locked_until < now())
        ORDER BY next_attempt_at LIMIT ${limit}`,
  );
