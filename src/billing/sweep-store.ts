import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import { textArray } from '../db/text-array.ts';
import type { OutboxId } from '../ids.ts';
import { isMailed, keyedMailsCte } from '../mail/outbox.ts';
import type { Settings } from '../settings.ts';
import { grantsAccess, LIVE_STATUSES } from './access.ts';
import { lockOwner } from './apply-store.ts';
import { TRIAL_NOTICE_HOURS } from './rules.ts';

/** How long before a subscription runs out for good its user is told. */
const EXPIRY_NOTICE_HOURS = 72;

const staleRow = z.object({ provider: z.string(), provider_subscription_id: z.string() });

/** Subscriptions of these providers whose period is over and whose end we were not told of. */
export const periodOver = (providers: readonly string[], before: Date, limit: number) =>
  statement(
    staleRow,
    sql`SELECT provider, provider_subscription_id FROM subscriptions
        WHERE status IN ${LIVE_STATUSES} AND provider_subscription_id IS NOT NULL
          AND provider = ANY (${textArray(providers)}) AND current_period_end <= now()
          AND synced_at < ${before.toISOString()}::timestamptz
          AND (cancel_at_period_end OR provider = 'manual' OR synced_at < now() - interval '15 minutes')
        ORDER BY synced_at LIMIT ${limit}`,
  );

/** Subscriptions of these providers that were not looked at for a day. */
export const notSeenForADay = (providers: readonly string[], before: Date, limit: number) =>
  statement(
    staleRow,
    sql`SELECT provider, provider_subscription_id FROM subscriptions
        WHERE status IN ${LIVE_STATUSES} AND provider_subscription_id IS NOT NULL
          AND provider = ANY (${textArray(providers)})
          AND synced_at < least(${before.toISOString()}::timestamptz, now() - interval '1 day')
        ORDER BY synced_at LIMIT ${limit}`,
  );

/** Lets the others go first next time: one that can't be looked at must not keep them from it. */
export const moveToTheEnd = (provider: string, subscriptionId: string) =>
  statement(
    done,
    sql`UPDATE subscriptions SET synced_at = now() - interval '23 hours'
        WHERE provider = ${provider} AND provider_subscription_id = ${subscriptionId}`,
  );

/**
 * Notes a subscription that its provider doesn't know. One that was to end, and whose time is over, has ended; of any
 * other a person is told: more likely than that it vanished is a key of another account. One batch, the user first.
 */
export const noteUnknown = (provider: string, subscriptionId: string) =>
  [
    lockOwner({ provider, subscriptionId }, null),
    statement(
      done,
      sql`WITH unknown AS (
            UPDATE subscriptions
            SET synced_at = now(),
                status = CASE WHEN cancel_at_period_end AND current_period_end <= now() THEN 'canceled' ELSE status END,
                ended_at = CASE WHEN cancel_at_period_end AND current_period_end <= now() THEN current_period_end
                           ELSE ended_at END
            WHERE provider = ${provider} AND provider_subscription_id = ${subscriptionId} AND status IN ${LIVE_STATUSES}
            RETURNING user_id, provider_subscription_id, status
          )
          INSERT INTO billing_alerts (kind, user_id, details, dedupe_key)
          SELECT 'unknown_subscription', user_id, jsonb_build_object('subscription', provider_subscription_id),
                 'unknown_subscription:' || provider_subscription_id
          FROM unknown WHERE status <> 'canceled'
          ON CONFLICT (dedupe_key) DO NOTHING`,
    ),
  ] as const;

/** Tells, once, of subscriptions that soon run out for good and of trials that soon cost something. */
export const writeNotices = (settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>, limit: number) =>
  statement(
    z.object({ id: id<OutboxId>() }),
    sql`WITH soon AS (
          SELECT s.id, 'subscription_expiring' AS kind, s.current_period_end AS at
          FROM subscriptions AS s
          WHERE s.current_period_end BETWEEN now() AND now() + make_interval(hours => ${EXPIRY_NOTICE_HOURS})
            AND (s.cancel_at_period_end OR s.provider = 'manual')
          UNION ALL
          SELECT s.id, 'trial_ending', s.trial_end
          FROM subscriptions AS s
          WHERE s.status = 'trialing' AND NOT s.cancel_at_period_end
            AND s.trial_end BETWEEN now() AND now() + make_interval(hours => ${TRIAL_NOTICE_HOURS})
        ),
        letters AS (
          SELECT users.id AS user_id, users.email AS recipient, soon.kind, keyed.dedupe_key,
                 jsonb_build_object(
                   'username', users.username, 'plan_name', plans.name, 'period_end', s.current_period_end,
                   'trial_end', s.trial_end,
                   'amount_cents', coalesce(paid.price_cents, plans.price_cents),
                   'currency', coalesce(paid.currency, plans.currency),
                   'billing_period', coalesce(paid.billing_period, plans.billing_period)) AS payload
          FROM soon
          JOIN subscriptions AS s ON s.id = soon.id
          JOIN users ON users.id = s.user_id AND users.is_active
          JOIN plans ON plans.id = s.plan_id
          LEFT JOIN plan_prices AS paid ON paid.provider = s.provider AND paid.provider_price_id = s.provider_price_id,
          LATERAL (SELECT soon.kind || ':' || s.provider_subscription_id || ':' || extract(epoch FROM soon.at)::bigint
                     AS dedupe_key) AS keyed
          WHERE ${grantsAccess(settings)} AND s.replaced_by IS NULL AND ${isMailed(sql`users.email`)}
            AND NOT EXISTS (SELECT FROM outbox WHERE outbox.dedupe_key = keyed.dedupe_key)
          ORDER BY soon.at LIMIT ${limit}
        ),
        ${keyedMailsCte()}
        SELECT id FROM mails`,
  );

/** How far the events of the provider have been caught up with. */
export const cursor = (name: string) =>
  statement(
    z.object({ at: instant }),
    sql`SELECT value::timestamptz AS at FROM billing_cursors WHERE name = ${name}`,
  );

/** Moves it on, never back: of runs that overlap one may be behind. */
export const moveCursor = (name: string, to: Date) =>
  statement(
    done,
    sql`INSERT INTO billing_cursors AS held (name, value) VALUES (${name}, ${to.toISOString()})
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
          WHERE held.value::timestamptz < excluded.value::timestamptz`,
  );
