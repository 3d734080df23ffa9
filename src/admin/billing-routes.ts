import { createRoute } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import { ACTING_PROBLEMS, acting, idOr, READING_PROBLEMS, reading } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { callerOf } from '../http/api-key.ts';
import { json, Message, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import type { BillingAlertId, PaymentId, SubscriptionId, UserId } from '../ids.ts';
import { type BillingAlert, listAlerts, resolveAlert } from './alerts.ts';
import { toAdminPaymentResponse, toAdminSubscriptionResponse, toList } from './answers.ts';
import * as contract from './billing-contract.ts';
import { IdPath } from './contract.ts';
import { listEvents, readEvent, replayEvent, type WebhookEvent } from './events.ts';
import { listAllPayments, listAllSubscriptions, readAnySubscription, readPayment } from './list-billing.ts';

const listProblems = problems(...READING_PROBLEMS, 'validation_failed');

const paymentsRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/transactions',
  summary: 'Payments of everybody',
  request: { query: contract.PaymentQuery },
  responses: { 200: json(contract.AdminPaymentList, 'The newest first.'), ...listProblems },
});

const paymentRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/transactions/{id}',
  summary: 'One payment',
  request: { params: IdPath },
  responses: {
    200: json(contract.AdminPayment, 'The payment.'),
    ...problems(...READING_PROBLEMS, 'payment_not_found'),
  },
});

const subscriptionsRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/subscriptions',
  summary: 'Subscriptions of everybody',
  request: { query: contract.SubscriptionQuery },
  responses: { 200: json(contract.AdminSubscriptionList, 'The newest first.'), ...listProblems },
});

const subscriptionRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/subscriptions/{id}',
  summary: 'One subscription',
  request: { params: IdPath },
  responses: {
    200: json(contract.AdminSubscription, 'The subscription.'),
    ...problems(...READING_PROBLEMS, 'subscription_not_found'),
  },
});

const eventsRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/events',
  summary: 'Events that Stripe told of, and what became of them',
  request: { query: contract.EventQuery },
  responses: { 200: json(contract.WebhookEventList, 'The newest first.'), ...listProblems },
});

const eventRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/events/{id}',
  summary: 'One event',
  request: { params: contract.EventPath },
  responses: {
    200: json(contract.WebhookEvent, 'The event.'),
    ...problems(...READING_PROBLEMS, 'event_not_found'),
  },
});

const replayRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/billing/events/{id}/replay',
  summary: 'Work on an event again that was given up, or waits',
  description: 'What it is about is fetched as it is now.',
  request: { params: contract.EventPath },
  responses: {
    202: json(Message, 'It is being worked on.'),
    ...problems(...ACTING_PROBLEMS, 'event_not_found', 'event_not_replayable'),
  },
});

const alertsRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/billing/alerts',
  summary: 'What a person should look at',
  request: { query: contract.AlertQuery },
  responses: { 200: json(contract.BillingAlertList, 'The newest first.'), ...listProblems },
});

const resolveRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/billing/alerts/{id}/resolve',
  summary: 'Note that an alert was seen to',
  request: { params: IdPath },
  responses: {
    200: json(contract.BillingAlert, 'As it is now.'),
    ...problems(...ACTING_PROBLEMS, 'alert_not_found'),
  },
});

const toEventResponse = (event: WebhookEvent): contract.WebhookEvent => ({
  ...event,
  event_id: event.id,
  next_attempt_at: event.next_attempt_at.toISOString(),
  occurred_at: event.occurred_at.toISOString(),
  created_at: event.created_at.toISOString(),
  processed_at: event.processed_at?.toISOString() ?? null,
});

const toAlertResponse = (alert: BillingAlert): contract.BillingAlert => ({
  ...alert,
  created_at: alert.created_at.toISOString(),
  resolved_at: alert.resolved_at?.toISOString() ?? null,
});

/** Stripe's own ids, as long as they can be; anything else is nobody's, and need not be asked for. */
function eventId(text: string): string {
  if (!/^[\w-]{1,255}$/.test(text)) throw new AppError('event_not_found');
  return text;
}

/** What administrators see and do of billing, besides plans and grants. */
export function createAdminBillingRoutes() {
  return createRouter()
    .openapi(paymentsRoute, async (c) => {
      const { limit, offset, status, currency, ...query } = c.req.valid('query');
      const filter = {
        status,
        currency,
        userId: query.user_id as UserId | undefined,
        createdFrom: query.created_from,
        createdTo: query.created_to,
      };
      const page = { limit, offset };
      const found = await listAllPayments(c.var.deps, callerOf(c), filter, page);
      return c.json(toList(found, page, toAdminPaymentResponse), 200);
    })
    .openapi(paymentRoute, async (c) => {
      const id = idOr<PaymentId>('payment_not_found', c.req.valid('param').id);
      return c.json(toAdminPaymentResponse(await readPayment(c.var.deps, callerOf(c), id)), 200);
    })
    .openapi(subscriptionsRoute, async (c) => {
      const { limit, offset, status, provider, ...query } = c.req.valid('query');
      const filter = {
        status,
        provider,
        userId: query.user_id as UserId | undefined,
        planCode: query.plan_code,
      };
      const page = { limit, offset };
      const found = await listAllSubscriptions(c.var.deps, callerOf(c), filter, page);
      return c.json(toList(found, page, toAdminSubscriptionResponse), 200);
    })
    .openapi(subscriptionRoute, async (c) => {
      const id = idOr<SubscriptionId>('subscription_not_found', c.req.valid('param').id);
      return c.json(toAdminSubscriptionResponse(await readAnySubscription(c.var.deps, callerOf(c), id)), 200);
    })
    .openapi(eventsRoute, async (c) => {
      const { status, ...page } = c.req.valid('query');
      return c.json(
        toList(await listEvents(c.var.deps, callerOf(c), { status }, page), page, toEventResponse),
        200,
      );
    })
    .openapi(eventRoute, async (c) => {
      const id = eventId(c.req.valid('param').id);
      return c.json(toEventResponse(await readEvent(c.var.deps, callerOf(c), id)), 200);
    })
    .openapi(replayRoute, async (c) => {
      await replayEvent(c.var.deps, administratorOf(c), eventId(c.req.valid('param').id));
      return c.json({ message: 'The event is being worked on again.' }, 202);
    })
    .openapi(alertsRoute, async (c) => {
      const { open, ...page } = c.req.valid('query');
      return c.json(
        toList(await listAlerts(c.var.deps, callerOf(c), { open }, page), page, toAlertResponse),
        200,
      );
    })
    .openapi(resolveRoute, async (c) => {
      const id = idOr<BillingAlertId>('alert_not_found', c.req.valid('param').id);
      return c.json(toAlertResponse(await resolveAlert(c.var.deps, administratorOf(c), id)), 200);
    });
}
