import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import type { OutboxId } from '../ids.ts';
import { keyedMailsCte } from '../mail/outbox.ts';
import type { Settings } from '../settings.ts';
import { grantsAccess, LIVE_STATUSES } from './access.ts';
import { TRIAL_NOTICE_HOURS } from './rules.ts';

/** How long before a subscription runs out for good its user is told. */
const EXPIRY_NOTICE_HOURS = 72;

/**
 * Subscriptions to ask the provider about: those whose period is over, then those not looked at for a day. One that
 * was asked about moves to the end of the line.
 */
export const staleSubscriptions = (limit: number) =>
  statement(
    z.object({ provider: z.string(), provider_subscription_id: z.string() }),
    sql`SELECT provider, provider_subscription_id FROM subscriptions
        WHERE status IN ${LIVE_STATUSES} AND provider_subscription_id IS NOT NULL
          AND (synced_at < now() - interval '1 day'
               OR (current_period_end <= now()
                   AND (cancel_at_period_end OR provider = 'manual' OR synced_at < now() - interval '15 minutes')))
        ORDER BY (current_period_end <= now()) DESC NULLS LAST, synced_at LIMIT ${limit}`,
  );

/**
 * A subscription that its provider doesn't know. One that was to end, and whose time is over, has ended; of any other
 * a person is told: more likely than that it vanished is a key of another account.
 */
export const noteUnknown = (provider: string, subscriptionId: string) =>
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
  );

/** Tells, once, of subscriptions that soon run out for good and of trials that soon cost something. */
export const writeNotices = (settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>, limit: number) =>
  statement(
    z.object({ id: id<OutboxId>() }),
    sql`WITH letters AS (
          SELECT users.id AS user_id, users.email AS recipient, notice.kind, notice.dedupe_key,
                 jsonb_build_object(
                   'username', users.username, 'plan_name', plans.name, 'period_end', s.current_period_end,
                   'trial_end', s.trial_end, 'amount_cents', plans.price_cents, 'currency', plans.currency,
                   'billing_period', plans.billing_period) AS payload
          FROM subscriptions AS s
          JOIN users ON users.id = s.user_id AND users.is_active
          JOIN plans ON plans.id = s.plan_id,
          LATERAL (
            SELECT 'subscription_expiring' AS kind,
                   'subscription_expiring:' || s.provider_subscription_id || ':' ||
                     extract(epoch FROM s.current_period_end)::bigint AS dedupe_key
            WHERE (s.cancel_at_period_end OR s.provider = 'manual')
              AND s.current_period_end BETWEEN now() AND now() + make_interval(hours => ${EXPIRY_NOTICE_HOURS})
            UNION ALL
            SELECT 'trial_ending',
                   'trial_ending:' || s.provider_subscription_id || ':' || extract(epoch FROM s.trial_end)::bigint
            WHERE s.status = 'trialing' AND NOT s.cancel_at_period_end
              AND s.trial_end BETWEEN now() AND now() + make_interval(hours => ${TRIAL_NOTICE_HOURS})
          ) AS notice
          WHERE ${grantsAccess(settings)} AND s.replaced_by IS NULL
            AND NOT EXISTS (SELECT FROM outbox WHERE outbox.dedupe_key = notice.dedupe_key)
          LIMIT ${limit}
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
