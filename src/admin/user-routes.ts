import { createRoute } from '@hono/zod-openapi';
import { toApiKeyResponse } from '../api-keys/answers.ts';
import { toProfileResponse, toSessionResponse } from '../auth/answers.ts';
import { idOr, READING_PROBLEMS, reading } from '../http/admin-routes.ts';
import { callerOf } from '../http/api-key.ts';
import { json, PageQuery, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import type { UserId } from '../ids.ts';
import {
  toAdminPaymentResponse,
  toAdminSubscriptionResponse,
  toAdminUserResponse,
  toList,
} from './answers.ts';
import { AdminPaymentList, AdminSubscriptionList } from './billing-contract.ts';
import { IdPath } from './contract.ts';
import { listPaymentsOf, listSubscriptionsOf } from './list-billing.ts';
import { listUsers } from './list-users.ts';
import { listKeysOf, listSessionsOf, readUser } from './read-user.ts';
import * as contract from './user-contract.ts';

const listRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/users',
  summary: 'Users, by what is known of them',
  request: { query: contract.UserQuery },
  responses: {
    200: json(contract.AdminUserList, 'The newest first, unless asked otherwise.'),
    ...problems(...READING_PROBLEMS, 'validation_failed'),
  },
});

const readRoute = createRoute({
  ...reading,
  method: 'get',
  path: '/admin/users/{id}',
  summary: 'One user with all that a page about them shows',
  request: { params: IdPath },
  responses: {
    200: json(contract.UserDetails, 'The user.'),
    ...problems(...READING_PROBLEMS, 'user_not_found'),
  },
});

const listProblems = problems(...READING_PROBLEMS, 'validation_failed', 'user_not_found');
const ofUser = { ...reading, method: 'get', request: { params: IdPath, query: PageQuery } } as const;

const transactionsRoute = createRoute({
  ...ofUser,
  path: '/admin/users/{id}/transactions',
  summary: 'The payments of a user',
  responses: { 200: json(AdminPaymentList, 'The newest first.'), ...listProblems },
});

const subscriptionsRoute = createRoute({
  ...ofUser,
  path: '/admin/users/{id}/subscriptions',
  summary: 'The subscriptions of a user',
  responses: { 200: json(AdminSubscriptionList, 'The newest first.'), ...listProblems },
});

const sessionsRoute = createRoute({
  ...ofUser,
  path: '/admin/users/{id}/sessions',
  summary: 'Where a user is signed in',
  responses: { 200: json(contract.AdminSessionList, 'The last used first.'), ...listProblems },
});

const keysRoute = createRoute({
  ...ofUser,
  path: '/admin/users/{id}/api-keys',
  summary: 'The API keys of a user, without the keys themselves',
  responses: {
    200: json(contract.AdminApiKeyList, 'Those that were not revoked, the newest first.'),
    ...listProblems,
  },
});

const userId = (text: string) => idOr<UserId>('user_not_found', text);

/** What administrators read about users. */
export function createUserRoutes() {
  return createRouter()
    .openapi(listRoute, async (c) => {
      const { limit, offset, sort, q, provider, ...query } = c.req.valid('query');
      const filter = {
        sort,
        q,
        provider,
        isActive: query.is_active,
        isVerified: query.is_verified,
        isAdmin: query.is_admin,
        planCode: query.plan_code,
        createdFrom: query.created_from,
        createdTo: query.created_to,
      };
      const page = { limit, offset };
      return c.json(
        toList(await listUsers(c.var.deps, callerOf(c), filter, page), page, toAdminUserResponse),
        200,
      );
    })
    .openapi(readRoute, async (c) => {
      const { user, profile, plan, counts, ...found } = await readUser(
        c.var.deps,
        callerOf(c),
        userId(c.req.valid('param').id),
      );
      return c.json(
        {
          user: toAdminUserResponse(user),
          profile: toProfileResponse(profile),
          plan,
          subscriptions_count: counts.subscriptions,
          transactions_count: counts.transactions,
          sessions_count: found.sessionsCount,
          api_keys_count: found.keysCount,
          identities: found.identities.map(({ provider, created_at }) => ({
            provider,
            created_at: created_at.toISOString(),
          })),
          usage: found.usage.map(({ metric, used, limit }) => ({ metric, used, limit })),
        },
        200,
      );
    })
    .openapi(transactionsRoute, async (c) => {
      const page = c.req.valid('query');
      const found = await listPaymentsOf(c.var.deps, callerOf(c), userId(c.req.valid('param').id), page);
      return c.json(toList(found, page, toAdminPaymentResponse), 200);
    })
    .openapi(subscriptionsRoute, async (c) => {
      const page = c.req.valid('query');
      const found = await listSubscriptionsOf(c.var.deps, callerOf(c), userId(c.req.valid('param').id), page);
      return c.json(toList(found, page, toAdminSubscriptionResponse), 200);
    })
    .openapi(sessionsRoute, async (c) => {
      const page = c.req.valid('query');
      const found = await listSessionsOf(c.var.deps, callerOf(c), userId(c.req.valid('param').id), page);
      return c.json(toList(found, page, toSessionResponse), 200);
    })
    .openapi(keysRoute, async (c) => {
      const page = c.req.valid('query');
      const found = await listKeysOf(c.var.deps, callerOf(c), userId(c.req.valid('param').id), page);
      return c.json(toList(found, page, toApiKeyResponse), 200);
    });
}
