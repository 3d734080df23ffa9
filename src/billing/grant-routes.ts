import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { ACTING_PROBLEMS, acting, idOr } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { BODY_PROBLEMS, json, jsonBody, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import type { SubscriptionId, UserId } from '../ids.ts';
import { toSubscriptionResponse } from './answers.ts';
import { endSubscription } from './end-subscription.ts';
import * as contract from './grant-contract.ts';
import { grantSubscription, moveGrantEnd } from './grant-subscription.ts';

const params = z.object({ id: z.string().meta({ format: 'uuid' }) });

const grantRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/billing/subscriptions',
  summary: 'Give a user a plan without payment',
  request: { body: jsonBody(contract.GrantRequest) },
  responses: {
    201: json(contract.Subscription, 'Granted. The user is told by mail.'),
    ...problems(
      ...ACTING_PROBLEMS,
      ...BODY_PROBLEMS,
      'user_not_found',
      'user_disabled',
      'plan_not_found',
      'already_subscribed',
    ),
  },
});

const moveEndRoute = createRoute({
  ...acting,
  method: 'patch',
  path: '/admin/billing/subscriptions/{id}',
  summary: 'Extend or shorten a granted subscription',
  request: { params, body: jsonBody(contract.GrantPatch) },
  responses: {
    200: json(contract.Subscription, 'As it is now.'),
    ...problems(
      ...ACTING_PROBLEMS,
      ...BODY_PROBLEMS,
      'subscription_not_found',
      'unsupported_by_provider',
      'subscription_ended',
    ),
  },
});

const endRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/billing/subscriptions/{id}/end',
  summary: 'End a subscription now, granted or paid',
  description: 'What is left of a paid period is not given back. One that has ended stays as it is.',
  request: { params },
  responses: {
    200: json(contract.Subscription, 'As it is now. The user is told by mail.'),
    ...problems(
      ...ACTING_PROBLEMS,
      'subscription_not_found',
      'billing_unavailable',
      'billing_refused',
      'billing_not_configured',
    ),
  },
});

const subscriptionId = (text: string) => idOr<SubscriptionId>('subscription_not_found', text);

/** Subscriptions in the hands of administrators. */
export function createGrantRoutes() {
  return createRouter()
    .openapi(grantRoute, async (c) => {
      const body = c.req.valid('json');
      const subscription = await grantSubscription(c.var.deps, administratorOf(c), {
        userId: body.user_id as UserId,
        planCode: body.plan_code,
        endsAt: body.ends_at,
        reason: body.reason,
      });
      return c.json(toSubscriptionResponse(subscription), 201);
    })
    .openapi(moveEndRoute, async (c) => {
      const id = subscriptionId(c.req.valid('param').id);
      const { ends_at } = c.req.valid('json');
      return c.json(
        toSubscriptionResponse(await moveGrantEnd(c.var.deps, administratorOf(c), id, ends_at)),
        200,
      );
    })
    .openapi(endRoute, async (c) => {
      const id = subscriptionId(c.req.valid('param').id);
      return c.json(toSubscriptionResponse(await endSubscription(c.var.deps, administratorOf(c), id)), 200);
    });
}
