import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { id, instant } from '../db/rows.ts';
import type { PlanId, SubscriptionId, UserId } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { grantsAccess, LIVE_STATUSES, TIERS, tierRank } from './access.ts';
import { SUBSCRIPTION_STATUSES } from './ports.ts';

/** What is sold. A limit of −1 is unlimited. */
export type Plan = {
  readonly id: PlanId;
  readonly name: string;
  readonly code: string;
  readonly priceCents: number;
  readonly currency: string;
  readonly billingPeriod: 'monthly' | 'yearly';
  readonly tier: (typeof TIERS)[number];
  readonly isActive: boolean;
  readonly trialDays: number;
  readonly limits: { readonly maxItems: number; readonly maxSecondary: number; readonly apiAccess: boolean };
};

/** What a user has bought, or was given. */
export type Subscription = {
  readonly id: SubscriptionId;
  readonly userId: UserId | null;
  /** Null for a price that belongs to no plan of ours. */
  readonly plan: Plan | null;
  readonly status: (typeof SUBSCRIPTION_STATUSES)[number];
  readonly provider: string;
  readonly providerSubscriptionId: string | null;
  readonly providerCustomerId: string | null;
  readonly providerPriceId: string | null;
  readonly startedAt: Date;
  readonly currentPeriodStart: Date | null;
  readonly currentPeriodEnd: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAt: Date | null;
  readonly endedAt: Date | null;
  readonly trialEnd: Date | null;
  readonly pastDueSince: Date | null;
  readonly appliedFence: number;
  /** At the moment it was read. */
  readonly hasAccess: boolean;
};

const planColumns = {
  id: id<PlanId>(),
  name: z.string(),
  code: z.string(),
  price_cents: z.number(),
  currency: z.string(),
  billing_period: z.enum(['monthly', 'yearly']),
  tier: z.enum(TIERS),
  is_active: z.boolean(),
  trial_days: z.number(),
  max_items: z.number(),
  max_secondary: z.number(),
  api_access: z.boolean(),
};
const planShape = z.object(planColumns);

/** The columns of a plan, of the table or alias `plans`. */
export const PLAN_COLUMNS = sql.join(
  Object.keys(planColumns).map((name) => sql`plans.${sql.identifier(name)}`),
  sql`, `,
);

/** A row of {@link PLAN_COLUMNS}. */
export const planRow = planShape.transform(toPlan);

function toPlan(row: z.output<typeof planShape>): Plan {
  return {
    id: row.id,
    name: row.name,
    code: row.code,
    priceCents: row.price_cents,
    currency: row.currency,
    billingPeriod: row.billing_period,
    tier: row.tier,
    isActive: row.is_active,
    trialDays: row.trial_days,
    limits: { maxItems: row.max_items, maxSecondary: row.max_secondary, apiAccess: row.api_access },
  };
}

/** What {@link subscriptionColumns} answers, and below what becomes of it. */
export const subscriptionShape = z.object({
  id: id<SubscriptionId>(),
  user_id: id<UserId>().nullable(),
  plan: z.looseObject(planColumns).nullable(),
  status: z.enum(SUBSCRIPTION_STATUSES).catch('unknown'),
  provider: z.string(),
  provider_subscription_id: z.string().nullable(),
  provider_customer_id: z.string().nullable(),
  provider_price_id: z.string().nullable(),
  started_at: instant,
  current_period_start: instant.nullable(),
  current_period_end: instant.nullable(),
  cancel_at_period_end: z.boolean(),
  canceled_at: instant.nullable(),
  ended_at: instant.nullable(),
  trial_end: instant.nullable(),
  past_due_since: instant.nullable(),
  applied_fence: z.coerce.number(),
  has_access: z.boolean(),
});

export const toSubscription = (row: z.output<typeof subscriptionShape>): Subscription => ({
  id: row.id,
  userId: row.user_id,
  plan: row.plan && toPlan(row.plan),
  status: row.status,
  provider: row.provider,
  providerSubscriptionId: row.provider_subscription_id,
  providerCustomerId: row.provider_customer_id,
  providerPriceId: row.provider_price_id,
  startedAt: row.started_at,
  currentPeriodStart: row.current_period_start,
  currentPeriodEnd: row.current_period_end,
  cancelAtPeriodEnd: row.cancel_at_period_end,
  canceledAt: row.canceled_at,
  endedAt: row.ended_at,
  trialEnd: row.trial_end,
  pastDueSince: row.past_due_since,
  appliedFence: row.applied_fence,
  hasAccess: row.has_access,
});

/** A row of {@link subscriptionColumns}. */
export const subscriptionRow = subscriptionShape.transform(toSubscription);

type AccessSettings = Pick<Settings, 'BILLING_GRACE_PERIOD'>;

/** The columns of a subscription, of `subscriptions AS s LEFT JOIN plans`. */
export const subscriptionColumns = (settings: AccessSettings): SQL => sql`
  s.id, s.user_id, to_jsonb(plans) AS plan, s.status, s.provider, s.provider_subscription_id, s.provider_customer_id,
  s.provider_price_id, s.started_at, s.current_period_start, s.current_period_end, s.cancel_at_period_end,
  s.canceled_at, s.ended_at, s.trial_end, s.past_due_since, s.applied_fence,
  (plans.id IS NOT NULL AND ${grantsAccess(settings)}) AS has_access`;

/** The subscription that grants access now; of several the one of the highest tier. */
export const grantingSubscription = (userId: UserId | SQL, settings: AccessSettings) =>
  statement(
    subscriptionRow,
    sql`SELECT ${subscriptionColumns(settings)}
        FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id
        WHERE s.user_id = ${userId} AND ${grantsAccess(settings)}
        ORDER BY ${tierRank(sql`plans.tier`)} DESC, s.started_at DESC LIMIT 1`,
  );

/**
 * The subscription that a user manages: the one that grants access, or else one that has not ended, such as one
 * whose payment is long due. One that is paid for before one that was granted: only that can cost more.
 */
export const managedSubscription = (userId: UserId, settings: AccessSettings) =>
  statement(
    subscriptionRow,
    sql`SELECT ${subscriptionColumns(settings)}
        FROM subscriptions AS s LEFT JOIN plans ON plans.id = s.plan_id
        WHERE s.user_id = ${userId} AND s.status IN ${LIVE_STATUSES} AND s.replaced_by IS NULL
          AND (s.provider = 'manual' AND s.current_period_end <= now()) IS NOT TRUE
        ORDER BY (plans.id IS NOT NULL AND ${grantsAccess(settings)}) DESC, (s.provider <> 'manual') DESC,
                 ${tierRank(sql`plans.tier`)} DESC NULLS LAST, s.started_at DESC
        LIMIT 1`,
  );
