import { type SQL, sql } from 'drizzle-orm';
import type { Settings } from '../settings.ts';

/**
 * For how long a paid period that has run out is taken for one that is being renewed: Stripe charges about an hour
 * after it, and word of it may be late. The cron asks well before this is over.
 */
const RENEWAL_LEEWAY_HOURS = 24;

/** Statuses in which a subscription has not ended and may still cost something. */
export const LIVE_STATUSES = sql.raw(
  `('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'unknown')`,
);

/**
 * Whether the row `subscription` grants access at this moment: judged from the timestamps alone, whatever has been
 * swept. One that was cancelled, or that nobody pays for, ends with its period to the second.
 */
export const grantsAccess = (
  { BILLING_GRACE_PERIOD }: Pick<Settings, 'BILLING_GRACE_PERIOD'>,
  subscription: 's' = 's',
): SQL => {
  const s = sql.identifier(subscription);
  return sql`(
    ${s}.suspended_at IS NULL AND CASE
      WHEN ${s}.status IN ('trialing', 'active') THEN
        ${s}.current_period_end IS NULL
        OR ${s}.current_period_end > now()
        OR (NOT ${s}.cancel_at_period_end AND ${s}.provider <> 'manual'
            AND ${s}.current_period_end + make_interval(hours => ${RENEWAL_LEEWAY_HOURS}) > now())
      WHEN ${s}.status = 'past_due' THEN
        coalesce(${s}.past_due_since, ${s}.current_period_start, ${s}.started_at)
          + make_interval(secs => ${BILLING_GRACE_PERIOD}) > now()
      ELSE false
    END
  )`;
};

/** The order of tiers, lowest first; in SQL a tier's place in it. */
export const TIERS = ['free', 'pro', 'enterprise'] as const;
export type Tier = (typeof TIERS)[number];

export const tierRank = (column: SQL): SQL =>
  sql`array_position(ARRAY['free', 'pro', 'enterprise'], ${column})`;
