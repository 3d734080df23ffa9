import { createRoute } from '@hono/zod-openapi';
import { requireBearer, requireClaims } from '../http/bearer.ts';
import { BODY_PROBLEMS, json, jsonBody, PageQuery, page, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { toPaymentResponse, toPlanResponse, toSubscriptionResponse, toUsageResponse } from './answers.ts';
import { cancelSubscription, resumeSubscription } from './cancel-subscription.ts';
import { changePlan, previewPlanChange } from './change-subscription.ts';
import { beginCheckout } from './checkout.ts';
import { Subscription } from './contract.ts';
import { openPortal } from './open-portal.ts';
import { readOverview } from './overview.ts';
import type { UpcomingInvoice } from './ports.ts';
import { listPayments, readSubscription } from './read-billing.ts';
import * as contract from './subscription-contract.ts';

const tags = ['Billing'];
const bearer = [{ bearer: [] }];
const GUARD = ['invalid_token', 'account_disabled', 'email_not_verified'] as const;
const PROVIDER = ['billing_unavailable', 'billing_refused', 'billing_not_configured'] as const;

const readSubscriptionRoute = createRoute({
  method: 'get',
  path: '/billing/subscriptions/me',
  tags,
  summary: 'The subscription that grants access now',
  description: 'A cancelled one until its period ends, one past due for the days of grace.',
  security: bearer,
  middleware: requireBearer,
  responses: {
    200: json(Subscription, 'The subscription; of several that of the highest tier.'),
    ...problems(...GUARD, 'no_subscription'),
  },
});

const paymentsRoute = createRoute({
  method: 'get',
  path: '/billing/payments/me',
  tags,
  summary: 'The own payments, the newest first',
  security: bearer,
  middleware: requireBearer,
  request: { query: PageQuery },
  responses: {
    200: json(contract.PaymentList, 'A page of them.'),
    ...problems(...GUARD, 'validation_failed'),
  },
});

const subscribeRoute = createRoute({
  method: 'post',
  path: '/billing/subscriptions/subscribe',
  tags,
  summary: 'Begin to buy a plan',
  description:
    'Answers a page to pay on. A user has one purchase open at a time: the same request gets the same page until it is ' +
    'paid or a day is over, a different one closes it. What is bought is there once the provider told of the payment.',
  security: bearer,
  middleware: requireBearer,
  request: { body: jsonBody(contract.SubscribeRequest) },
  responses: {
    201: json(contract.Checkout, 'The page.'),
    ...problems(
      ...GUARD,
      ...BODY_PROBLEMS,
      'plan_not_found',
      'already_subscribed',
      'payment_past_due',
      'currency_mismatch',
      'checkout_superseded',
      ...PROVIDER,
    ),
  },
});

const CHANGE_PROBLEMS = [
  ...GUARD,
  ...BODY_PROBLEMS,
  'plan_not_found',
  'no_subscription',
  'already_subscribed',
  'subscription_canceling',
  'payment_past_due',
  'unsupported_by_provider',
  'currency_mismatch',
  ...PROVIDER,
] as const;

const upgradeRoute = createRoute({
  method: 'post',
  path: '/billing/subscriptions/upgrade',
  tags,
  summary: 'Change to another plan, higher or lower',
  security: bearer,
  middleware: requireBearer,
  request: { body: jsonBody(contract.UpgradeRequest) },
  responses: {
    200: json(Subscription, '`prorate`: the subscription with its new plan.'),
    201: json(contract.Checkout, '`checkout`: the page to pay on.'),
    ...problems(...CHANGE_PROBLEMS, 'payment_failed', 'checkout_superseded'),
  },
});

const upgradePreviewRoute = createRoute({
  method: 'post',
  path: '/billing/subscriptions/upgrade/preview',
  tags,
  summary: 'What a change of plan would charge now (`prorate`)',
  security: bearer,
  middleware: requireBearer,
  request: { body: jsonBody(contract.UpgradePreviewRequest) },
  responses: {
    200: json(contract.UpcomingInvoice, 'The amount; nothing where the change gives credit.'),
    ...problems(...CHANGE_PROBLEMS),
  },
});

const cancelRoute = createRoute({
  method: 'post',
  path: '/billing/subscriptions/cancel',
  tags,
  summary: 'Let the subscription end with the period that is paid',
  security: bearer,
  middleware: requireBearer,
  responses: {
    200: json(Subscription, 'It goes on until `current_period_end`.'),
    ...problems(...GUARD, 'no_subscription', 'already_canceling', 'unsupported_by_provider', ...PROVIDER),
  },
});

const resumeRoute = createRoute({
  method: 'post',
  path: '/billing/subscriptions/resume',
  tags,
  summary: 'Take a cancellation back',
  security: bearer,
  middleware: requireBearer,
  responses: {
    200: json(Subscription, 'It goes on.'),
    ...problems(...GUARD, 'no_subscription', 'not_canceling', ...PROVIDER),
  },
});

const portalRoute = createRoute({
  method: 'post',
  path: '/billing/portal',
  tags,
  summary: 'Open the page for payment methods and invoices',
  security: bearer,
  middleware: requireBearer,
  request: { body: { ...jsonBody(contract.PortalRequest), required: false } },
  responses: {
    201: json(contract.Portal, 'Its address.'),
    ...problems(...GUARD, ...BODY_PROBLEMS, ...PROVIDER),
  },
});

const overviewRoute = createRoute({
  method: 'get',
  path: '/billing/overview',
  tags,
  summary: 'Everything for a billing page at once',
  security: bearer,
  middleware: requireBearer,
  responses: {
    200: json(contract.Overview, 'Subscription, plan, usage, what is charged next, and the last payments.'),
    ...problems(...GUARD),
  },
});

const toUpcomingResponse = ({ amountDueCents, currency, dueAt }: UpcomingInvoice) => ({
  amount_due_cents: amountDueCents,
  currency,
  due_at: dueAt?.toISOString() ?? null,
});

/** Buying a subscription, changing it, and what was paid. */
export function createSubscriptionRoutes() {
  return createRouter()
    .openapi(readSubscriptionRoute, async (c) =>
      c.json(toSubscriptionResponse(await readSubscription(c.var.deps, requireClaims(c))), 200),
    )
    .openapi(paymentsRoute, async (c) => {
      const range = c.req.valid('query');
      const { payments, total } = await listPayments(c.var.deps, requireClaims(c), range);
      return c.json(page(payments.map(toPaymentResponse), total, range), 200);
    })
    .openapi(subscribeRoute, async (c) => {
      const { url, sessionId } = await beginCheckout(
        c.var.deps,
        requireClaims(c),
        'first',
        c.req.valid('json'),
      );
      return c.json({ checkout_url: url, session_id: sessionId }, 201);
    })
    .openapi(upgradeRoute, async (c) => {
      const { mode, ...input } = c.req.valid('json');
      const claims = requireClaims(c);
      if (mode === 'prorate') {
        return c.json(toSubscriptionResponse(await changePlan(c.var.deps, claims, input.plan_code)), 200);
      }
      const { url, sessionId } = await beginCheckout(c.var.deps, claims, 'replacement', input);
      return c.json({ checkout_url: url, session_id: sessionId }, 201);
    })
    .openapi(upgradePreviewRoute, async (c) => {
      const { plan_code } = c.req.valid('json');
      const preview = await previewPlanChange(c.var.deps, requireClaims(c), plan_code);
      return c.json(toUpcomingResponse(preview), 200);
    })
    .openapi(cancelRoute, async (c) =>
      c.json(toSubscriptionResponse(await cancelSubscription(c.var.deps, requireClaims(c))), 200),
    )
    .openapi(resumeRoute, async (c) =>
      c.json(toSubscriptionResponse(await resumeSubscription(c.var.deps, requireClaims(c))), 200),
    )
    .openapi(portalRoute, async (c) => {
      const url = await openPortal(c.var.deps, requireClaims(c), c.req.valid('json') ?? {});
      return c.json({ url }, 201);
    })
    .openapi(overviewRoute, async (c) => {
      const overview = await readOverview(c.var.deps, requireClaims(c));
      return c.json(
        {
          subscription: overview.subscription && toSubscriptionResponse(overview.subscription),
          plan: overview.plan && toPlanResponse(overview.plan),
          usage: overview.usage.map(toUsageResponse),
          upcoming_invoice: overview.upcomingInvoice && toUpcomingResponse(overview.upcomingInvoice),
          payments: overview.payments.map(toPaymentResponse),
        },
        200,
      );
    });
}
