import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import type { SubscriptionId, UserId } from '../ids.ts';
import { LIVE_STATUSES } from './access.ts';

/**
 * A fence is raised before an object is fetched or changed at its provider, and what came back is written under it
 * (apply-store.ts). Of two fetches the one with the higher fence began later, so it has seen the later state,
 * whichever of them is written first. A fence that nothing is written under does no harm.
 */
export const raiseFence = (objectId: string) =>
  statement(
    z.object({ fence: z.coerce.number() }),
    sql`INSERT INTO sync_fences AS held (object_id, fence) VALUES (${objectId}, 1)
        ON CONFLICT (object_id) DO UPDATE SET fence = held.fence + 1
        RETURNING fence`,
  );

/** The same for every subscription of a user that has not ended, to be had in the batch that reads it. */
export const raiseFences = (userId: UserId) =>
  statement(
    z.object({ object_id: z.string(), fence: z.coerce.number() }),
    sql`INSERT INTO sync_fences AS held (object_id, fence)
        SELECT provider_subscription_id, 1 FROM subscriptions
        WHERE user_id = ${userId} AND status IN ${LIVE_STATUSES} AND provider_subscription_id IS NOT NULL
        ORDER BY provider_subscription_id
        ON CONFLICT (object_id) DO UPDATE SET fence = held.fence + 1
        RETURNING object_id, fence`,
  );

/** The same for one subscription, by our own name for it. */
export const raiseFenceOf = (subscriptionId: SubscriptionId) =>
  statement(
    z.object({ fence: z.coerce.number() }),
    sql`INSERT INTO sync_fences AS held (object_id, fence)
        SELECT provider_subscription_id, 1 FROM subscriptions
        WHERE id = ${subscriptionId}::uuid AND status IN ${LIVE_STATUSES} AND provider_subscription_id IS NOT NULL
        ON CONFLICT (object_id) DO UPDATE SET fence = held.fence + 1
        RETURNING fence`,
  );
