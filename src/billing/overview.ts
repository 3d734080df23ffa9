import { sql } from 'drizzle-orm';
import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import { statement } from '../db/client.ts';
import { logJob, nameOf } from '../jobs/log.ts';
import { type Payment, paymentsOf } from './payment-store.ts';
import type { BillingDeps, OverviewDeps, UpcomingInvoice, UsageOfMetric } from './ports.ts';
import { managedSubscription, PLAN_COLUMNS, type Plan, planRow, type Subscription } from './store.ts';

/** The page shows the rest without it. */
const UPCOMING_PATIENCE_MS = 2_000;

const RECENT_PAYMENTS = 5;

export type Overview = {
  readonly subscription: Subscription | null;
  /** The one in force. */
  readonly plan: Plan | null;
  readonly usage: readonly UsageOfMetric[];
  readonly upcomingInvoice: UpcomingInvoice | null;
  readonly payments: readonly Payment[];
};

/** Everything that a billing page shows. One round trip, and a question to the provider that may stay unanswered. */
export async function readOverview(deps: OverviewDeps, claims: AccessClaims): Promise<Overview> {
  const { results } = await authorizeRead(deps, claims, {}, [
    managedSubscription(claims.userId, deps.settings),
    FREE_PLAN,
    paymentsOf(claims.userId, { limit: RECENT_PAYMENTS, offset: 0 }),
    deps.readUsage(sql`${claims.userId}::uuid`),
  ]);
  const [[subscription], [free], payments, [standing]] = results;
  return {
    subscription: subscription ?? null,
    plan: (subscription?.hasAccess && subscription.plan) || (free ?? null),
    usage: standing?.usage ?? [],
    upcomingInvoice: subscription ? await upcomingInvoice(deps, subscription) : null,
    payments,
  };
}

/** What applies without a subscription. */
const FREE_PLAN = statement(
  planRow,
  sql`SELECT ${PLAN_COLUMNS} FROM plans WHERE tier = 'free' AND price_cents = 0
      ORDER BY code = 'free' DESC, is_active DESC, created_at LIMIT 1`,
);

async function upcomingInvoice(
  { providers }: BillingDeps,
  { provider, providerSubscriptionId, providerCustomerId, cancelAtPeriodEnd }: Subscription,
): Promise<UpcomingInvoice | null> {
  const sales = providers[provider]?.sales;
  if (!sales || cancelAtPeriodEnd || !providerSubscriptionId || !providerCustomerId) return null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), UPCOMING_PATIENCE_MS);
  });
  try {
    const asked = sales.upcomingInvoice(providerCustomerId, providerSubscriptionId);
    return (await Promise.race([asked, late])) ?? null;
  } catch (error) {
    logJob('error', { part: 'upcoming_invoice', outcome: 'failed', error: nameOf(error) });
    return null;
  } finally {
    clearTimeout(timer);
  }
}
