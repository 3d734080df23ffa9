import { type SQL, sql } from 'drizzle-orm';
import type { Settings } from '../settings.ts';
import { grantsAccess, tierRank } from './access.ts';

/** The plan of everybody who has no other. */
export const FREE_PLAN = 'free';

/**
 * Whether the plan that a user has at this moment lets programs in by API keys. It is the one that `grantingSubscription`
 * would answer, else the free one.
 */
export const hasApiAccess = (userId: SQL, settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>): SQL => sql`
  coalesce(
    (SELECT plans.api_access FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id
     WHERE s.user_id = ${userId} AND ${grantsAccess(settings)}
     ORDER BY ${tierRank(sql`plans.tier`)} DESC, s.started_at DESC LIMIT 1),
    (SELECT plans.api_access FROM plans WHERE plans.code = ${FREE_PLAN}),
    false)`;
