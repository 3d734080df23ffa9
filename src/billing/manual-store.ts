import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { id, instant } from '../db/rows.ts';
import type { OutboxId } from '../ids.ts';
import { keyedMailsCte } from '../mail/outbox.ts';
import { LIVE_STATUSES } from './access.ts';
import { type ProviderSubscription, SUBSCRIPTION_STATUSES } from './ports.ts';

/** The name of the provider, and the beginning of the names that it gives. */
export const MANUAL = 'manual';

/** What has run out has ended, whether or not anybody has written that down. */
const LIVES = sql`(subscriptions.status IN ${LIVE_STATUSES}
  AND (subscriptions.current_period_end IS NULL OR subscriptions.current_period_end > now()))`;

/** What an act does to a subscription that was granted by hand, and to which it does anything. */
export type ManualChange = { readonly set: SQL; readonly where: SQL };

/** Not of one without an end: there is no period that it could run out with. */
export const CANCEL: ManualChange = {
  set: sql`cancel_at_period_end = true, canceled_at = coalesce(subscriptions.canceled_at, now())`,
  where: sql`${LIVES} AND NOT subscriptions.cancel_at_period_end AND subscriptions.current_period_end IS NOT NULL`,
};

export const RESUME: ManualChange = {
  set: sql`cancel_at_period_end = false, canceled_at = NULL`,
  where: sql`${LIVES} AND subscriptions.cancel_at_period_end`,
};

/** One that has run out ended then, not when it is written down. */
export const END: ManualChange = {
  set: sql`status = 'canceled', current_period_end = least(subscriptions.current_period_end, now()),
           ended_at = least(subscriptions.current_period_end, now()),
           canceled_at = coalesce(subscriptions.canceled_at, least(subscriptions.current_period_end, now()))`,
  where: sql`subscriptions.status IN ${LIVE_STATUSES}`,
};

/** @param endsAt null: without an end, which then isn't one that a cancellation could run out with */
export const endAt = (endsAt: Date | null): ManualChange => {
  const end = sql`${endsAt?.toISOString() ?? null}::timestamptz`;
  return {
    set: sql`current_period_end = ${end},
             cancel_at_period_end = subscriptions.cancel_at_period_end AND ${end} IS NOT NULL,
             canceled_at = CASE WHEN ${end} IS NULL THEN NULL ELSE subscriptions.canceled_at END`,
    where: sql`${LIVES} AND (${end} IS NULL OR ${end} > now())`,
  };
};

/**
 * The CTEs that change a subscription granted by hand: `standing`, the row before it, locked; and `changed`, the row
 * after it where there was something to change.
 *
 * Here the row is all the truth there is, so an act has to be one statement on it. Were the new state worked out from
 * a row that was read before, and written when its fence allows, then of two acts at once the later fence could carry
 * the earlier row: a resumption would bring back what an administrator had just ended, and a crash between the two
 * would lose what was answered for.
 *
 * With the row it takes a fence of its own. Whoever read the row under an older one writes it back in vain; whoever
 * takes a newer one waits for this act, because both count in the same row, and then reads what it did.
 *
 * @param which a condition on `subscriptions`
 */
export function manualChangeCtes(which: SQL, { set, where }: ManualChange): SQL {
  return sql`
    fence AS (
      INSERT INTO sync_fences AS counter (object_id, fence)
      SELECT provider_subscription_id, 1 FROM subscriptions WHERE provider = ${MANUAL} AND ${which}
      ON CONFLICT (object_id) DO UPDATE SET fence = counter.fence + 1
      RETURNING object_id, fence
    ),
    standing AS (
      SELECT subscriptions.* FROM subscriptions
      JOIN fence ON subscriptions.provider = ${MANUAL} AND subscriptions.provider_subscription_id = fence.object_id
      FOR UPDATE OF subscriptions
    ),
    changed AS (
      UPDATE subscriptions SET ${set}, applied_fence = fence.fence, synced_at = now()
      FROM standing, fence WHERE subscriptions.id = standing.id AND ${where}
      RETURNING subscriptions.*
    )`;
}

/**
 * `letters` and `mails`: what the owner is told of what `changed`, once for each end and each cancellation. Of one
 * that a purchase took the place of nothing is told, its user hears of that.
 */
export const manualMailCtes = (kind: 'subscription_canceled' | 'subscription_ended'): SQL => sql`
  letters AS (
    SELECT users.id AS user_id, ${kind}::text AS kind, users.email AS recipient,
           jsonb_build_object('username', users.username, 'plan_name', plans.name,
                              'period_end', changed.current_period_end) AS payload,
           CASE WHEN changed.ended_at IS NULL
             THEN 'subscription_canceled:' || changed.id || ':' || extract(epoch FROM changed.canceled_at)
             ELSE 'subscription_ended:' || changed.provider_subscription_id END AS dedupe_key
    FROM changed JOIN users ON users.id = changed.user_id JOIN plans ON plans.id = changed.plan_id
    WHERE changed.replaced_by IS NULL
  ),
  ${keyedMailsCte()}`;

/** In place of {@link manualMailCtes} for an act that nobody is told of. */
export const NO_MAILS = sql`mails AS (SELECT NULL::uuid AS id WHERE false)`;

const manualRow = z
  .object({
    provider_subscription_id: z.string(),
    status: z.enum(SUBSCRIPTION_STATUSES),
    started_at: instant,
    current_period_start: instant.nullable(),
    current_period_end: instant.nullable(),
    cancel_at_period_end: z.boolean(),
    canceled_at: instant.nullable(),
    ended_at: instant.nullable(),
    mail_id: id<OutboxId>().nullable(),
  })
  .transform(({ mail_id, ...row }) => ({ mailId: mail_id, state: toState(row) }));

const toState = (row: {
  provider_subscription_id: string;
  status: ProviderSubscription['status'];
  started_at: Date;
  current_period_start: Date | null;
  current_period_end: Date | null;
  cancel_at_period_end: boolean;
  canceled_at: Date | null;
  ended_at: Date | null;
}): ProviderSubscription => ({
  id: row.provider_subscription_id,
  customerId: null,
  priceId: null,
  status: row.status,
  startedAt: row.started_at,
  currentPeriodStart: row.current_period_start,
  currentPeriodEnd: row.current_period_end,
  cancelAtPeriodEnd: row.cancel_at_period_end,
  canceledAt: row.canceled_at,
  endedAt: row.ended_at,
  trialEnd: null,
  checkoutIntentId: null,
  changePending: false,
  latestInvoice: null,
});

/** Of a CTE or table `one`. */
const STATE = sql`
  one.provider_subscription_id, one.started_at, one.current_period_start, one.current_period_end,
  one.cancel_at_period_end, one.canceled_at,
  CASE WHEN one.status IN ${LIVE_STATUSES} AND one.current_period_end <= now() THEN 'canceled' ELSE one.status END AS status,
  CASE WHEN one.status IN ${LIVE_STATUSES} AND one.current_period_end <= now() THEN one.current_period_end
       ELSE one.ended_at END AS ended_at`;

const byProviderId = (providerId: string) => sql`provider_subscription_id = ${providerId}`;

export const readManual = (providerId: string) =>
  statement(
    manualRow,
    sql`SELECT ${STATE}, NULL AS mail_id FROM subscriptions AS one
        WHERE one.provider = ${MANUAL} AND one.provider_subscription_id = ${providerId}`,
  );

/** Changes one, and answers it as it then stands, also where there was nothing to change. */
export const changeManual = (providerId: string, change: ManualChange, mails: SQL) =>
  statement(
    manualRow,
    sql`WITH ${manualChangeCtes(byProviderId(providerId), change)}, ${mails},
        one AS (
          SELECT * FROM changed UNION ALL SELECT * FROM standing WHERE NOT EXISTS (SELECT FROM changed)
        )
        SELECT ${STATE}, (SELECT id FROM mails) AS mail_id FROM one`,
  );
