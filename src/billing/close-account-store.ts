import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import type { UserId } from '../ids.ts';
import { LIVE_STATUSES } from './access.ts';
import { MANUAL } from './manual-store.ts';

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
