import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { UserId } from '../ids.ts';
import { LIVE_STATUSES } from './access.ts';
import { MANUAL } from './manual-store.ts';
import { tasksCte } from './task-store.ts';

/** What an account has that goes on without it, unless it is ended. */
export const runningOf = (userId: UserId) =>
  statement(
    z.object({
      /** Under which name it is known to whom money is paid; more than one where a customer was made anew. */
      customers: z.array(z.string()),
      /** Checkouts that could still be paid. */
      checkouts: z.array(z.string()),
      /** Whether anything is paid for. */
      paid: z.boolean(),
      granted: z.array(z.string()),
    }),
    sql`WITH live AS (
          SELECT provider, provider_subscription_id, provider_customer_id FROM subscriptions
          WHERE user_id = ${userId}::uuid AND status IN ${LIVE_STATUSES}
        )
        SELECT ARRAY(
                 SELECT stripe_customer_id FROM users WHERE id = ${userId}::uuid AND stripe_customer_id IS NOT NULL
                 UNION
                 SELECT provider_customer_id FROM live WHERE provider <> ${MANUAL} AND provider_customer_id IS NOT NULL
               ) AS customers,
               ARRAY(
                 SELECT provider_session_id FROM checkout_intents
                 WHERE user_id = ${userId}::uuid AND status <> 'completed' AND expires_at > now()
                   AND provider_session_id IS NOT NULL
               ) AS checkouts,
               EXISTS (SELECT FROM live WHERE provider <> ${MANUAL}) AS paid,
               ARRAY(
                 SELECT provider_subscription_id FROM live
                 WHERE provider = ${MANUAL} AND provider_subscription_id IS NOT NULL
               ) AS granted`,
  );

/**
 * The tasks by which what a deactivated account pays for stops renewing, and what it could still pay is closed: its owner
 * can't get at it any more to cancel.
 * Nothing for an account that is active. Named after the deactivation, so that whoever writes them again does not.
 */
export const stopRenewing = (userId: UserId) =>
  statement(
    done,
    sql`WITH due_tasks AS (
          SELECT 'cancel_at_period_end' AS kind,
                 'deactivated:' || s.provider_subscription_id || ':' || extract(epoch FROM users.updated_at) AS dedupe_key,
                 jsonb_build_object('provider', s.provider, 'subscription_id', s.provider_subscription_id) AS payload
          FROM subscriptions AS s JOIN users ON users.id = s.user_id AND NOT users.is_active
          WHERE s.user_id = ${userId}::uuid AND s.provider <> ${MANUAL} AND s.provider_subscription_id IS NOT NULL
            AND s.status IN ${LIVE_STATUSES} AND NOT s.cancel_at_period_end
          UNION ALL
          SELECT 'expire_checkout', 'expire_checkout:' || intent.provider_session_id,
                 jsonb_build_object('session_id', intent.provider_session_id)
          FROM checkout_intents AS intent JOIN users ON users.id = intent.user_id AND NOT users.is_active
          WHERE intent.user_id = ${userId}::uuid AND intent.provider_session_id IS NOT NULL
            AND intent.status <> 'completed' AND intent.expires_at > now()
        ),
        ${tasksCte()}
        SELECT 1 AS done FROM tasks`,
  );
