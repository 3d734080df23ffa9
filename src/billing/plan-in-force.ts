import { type SQL, sql } from 'drizzle-orm';
import type { Settings } from '../settings.ts';
import { grantsAccess, tierRank } from './access.ts';
import { FREE_PLAN_CODE } from './plan-terms.ts';

type AccessSettings = Pick<Settings, 'BILLING_GRACE_PERIOD'>;

/**
 * A SELECT of the plan that a user has at this moment, always one row: the plan of the subscription that
 * `grantingSubscription` would answer, with its `provider`, `provider_customer_id`, `current_period_start` and
 * `current_period_end`, else the free plan. Where there is not even that, nothing is allowed.
 */
export const planInForce = (userId: SQL, settings: AccessSettings): SQL => sql`
  SELECT had.code, coalesce(had.tier, 'free') AS tier, coalesce(had.max_items, 0) AS max_items,
         coalesce(had.max_secondary, 0) AS max_secondary, coalesce(had.api_access, false) AS api_access,
         had.provider, had.provider_customer_id, had.current_period_start, had.current_period_end
  FROM (SELECT) AS always LEFT JOIN (
    (SELECT 1 AS place, plans.code, plans.tier, plans.max_items, plans.max_secondary, plans.api_access,
            s.provider, s.provider_customer_id, s.current_period_start, s.current_period_end
     FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id
     WHERE s.user_id = ${userId} AND ${grantsAccess(settings)}
     ORDER BY ${tierRank(sql`plans.tier`)} DESC, s.started_at DESC LIMIT 1)
    UNION ALL
    (SELECT 2, plans.code, plans.tier, plans.max_items, plans.max_secondary, plans.api_access, NULL, NULL, NULL, NULL
     FROM plans WHERE plans.code = ${FREE_PLAN_CODE})
    ORDER BY place LIMIT 1
  ) AS had ON true`;

/** The limits of a row of {@link planInForce}, under their names on the wire. */
const limitsOf = (plan: SQL): SQL => sql`
  jsonb_build_object('max_items', ${plan}.max_items, 'max_secondary', ${plan}.max_secondary,
                     'api_access', ${plan}.api_access)`;

/** Tier and limits of a user as an access token carries them: true at the moment when it is issued, and a hint after. */
export const entitlementClaim = (userId: SQL, settings: AccessSettings): SQL => sql`
  (SELECT jsonb_build_object('tier', plan.tier, 'limits', ${limitsOf(sql`plan`)})
   FROM (${planInForce(userId, settings)}) AS plan)`;
