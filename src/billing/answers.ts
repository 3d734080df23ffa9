import type * as contract from './contract.ts';
import type { Payment } from './payment-store.ts';
import type { UsageOfMetric } from './ports.ts';
import type { Plan, Subscription } from './store.ts';
import type { UsageRow } from './subscription-contract.ts';

export const toPlanResponse = (plan: Plan): contract.Plan => ({
  id: plan.id,
  name: plan.name,
  code: plan.code,
  price_cents: plan.priceCents,
  currency: plan.currency,
  billing_period: plan.billingPeriod,
  tier: plan.tier,
  is_active: plan.isActive,
  trial_days: plan.trialDays,
  limits: {
    max_items: plan.limits.maxItems,
    max_secondary: plan.limits.maxSecondary,
    api_access: plan.limits.apiAccess,
  },
});

export const toSubscriptionResponse = (subscription: Subscription): contract.Subscription => ({
  id: subscription.id,
  user_id: subscription.userId,
  plan_id: subscription.plan?.id ?? null,
  plan: subscription.plan && toPlanResponse(subscription.plan),
  status: subscription.status,
  provider: subscription.provider,
  started_at: subscription.startedAt.toISOString(),
  current_period_start: subscription.currentPeriodStart?.toISOString() ?? null,
  current_period_end: subscription.currentPeriodEnd?.toISOString() ?? null,
  cancel_at_period_end: subscription.cancelAtPeriodEnd,
  canceled_at: subscription.canceledAt?.toISOString() ?? null,
  has_access: subscription.hasAccess,
});

export const toPaymentResponse = (payment: Payment): contract.Payment => ({
  id: payment.id,
  subscription_id: payment.subscriptionId,
  provider: payment.provider,
  provider_invoice_id: payment.providerInvoiceId,
  amount_cents: payment.amountCents,
  currency: payment.currency,
  status: payment.status,
  created_at: payment.createdAt.toISOString(),
});

export const toUsageResponse = ({ periodStart, periodEnd, ...row }: UsageOfMetric): UsageRow => ({
  ...row,
  period_start: periodStart.toISOString(),
  period_end: periodEnd.toISOString(),
});
