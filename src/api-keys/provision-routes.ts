import { createRoute } from '@hono/zod-openapi';
import { toUserResponse } from '../auth/answers.ts';
import { keyCallerOf, requireKey } from '../http/api-key.ts';
import { originOf } from '../http/client-address.ts';
import { BODY_PROBLEMS, json, jsonBody, KEY_PROBLEMS, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import { provisionUser } from './provision.ts';
import * as contract from './provision-contract.ts';

const provisionRoute = createRoute({
  method: 'post',
  path: '/users/provision',
  tags: ['API keys'],
  summary: 'Make the account of a store, with its plan and its first key',
  description:
    'For platforms, by a key with the scope `users:provision`. A store has one account: asked again, whatever else is ' +
    'asked for, the answer is that account as it stands.',
  security: [{ apiKey: [] }],
  middleware: requireKey,
  request: { body: jsonBody(contract.ProvisionRequest) },
  responses: {
    200: json(contract.ProvisionResponse, 'The account stood already. No key is shown.'),
    201: json(contract.ProvisionResponse, 'Made, and its first key.'),
    ...problems(
      ...KEY_PROBLEMS,
      ...BODY_PROBLEMS,
      'account_disabled',
      'email_not_verified',
      'admin_required',
      'email_taken',
      'username_taken',
      'plan_not_found',
    ),
  },
});

/** Accounts that platforms make for their stores. */
export function createProvisionRoutes() {
  return createRouter().openapi(provisionRoute, async (c) => {
    const { external_platform, external_store_id, plan_code, ...account } = c.req.valid('json');
    const { platformUserId, user, created, key } = await provisionUser(
      c.var.deps,
      keyCallerOf(c),
      originOf(c),
      {
        ...account,
        platform: external_platform,
        storeId: external_store_id,
        planCode: plan_code,
      },
    );
    c.set('userId', platformUserId);
    const answer = { user: toUserResponse(user), created, ...(key && { api_key: key }) };
    return c.json(answer, created ? 201 : 200);
  });
}
