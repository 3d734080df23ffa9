import { createRoute } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import { requireBearer, requireClaims } from '../http/bearer.ts';
import { originOf } from '../http/client-address.ts';
import { BODY_PROBLEMS, json, jsonBody, PageQuery, page, problems } from '../http/openapi.ts';
import { limitCredentials } from '../http/rate-limit.ts';
import { createRouter } from '../http/router.ts';
import { type ApiKeyId, parseId } from '../ids.ts';
import { toApiKeyResponse } from './answers.ts';
import * as contract from './contract.ts';
import { createApiKey, listApiKeys, revokeApiKey } from './manage-keys.ts';
import { createProvisionRoutes } from './provision-routes.ts';

const shared = { tags: ['API keys'], security: [{ bearer: [] }], middleware: requireBearer };
const GUARD_PROBLEMS = ['invalid_token', 'account_disabled', 'email_not_verified'] as const;

const createKeyRoute = createRoute({
  ...shared,
  middleware: [requireBearer, limitCredentials('api-keys')] as const,
  method: 'post',
  path: '/api-keys',
  summary: 'Make an API key; it is shown this once',
  request: { body: jsonBody(contract.ApiKeyRequest) },
  responses: {
    201: json(contract.CreatedApiKey, 'The key. It cannot be shown again.'),
    ...problems(
      ...GUARD_PROBLEMS,
      ...BODY_PROBLEMS,
      'admin_required',
      'plan_required',
      'api_key_limit_reached',
    ),
  },
});

const listKeysRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/api-keys',
  summary: 'The API keys of the account, without the keys themselves',
  request: { query: PageQuery },
  responses: {
    200: json(contract.ApiKeyList, 'The keys that were not revoked, the newest first.'),
    ...problems(...GUARD_PROBLEMS, 'validation_failed'),
  },
});

const revokeKeyRoute = createRoute({
  ...shared,
  method: 'delete',
  path: '/api-keys/{id}',
  summary: 'Revoke an API key',
  request: { params: contract.ApiKeyPath },
  responses: {
    204: { description: 'Revoked; the next call with it is refused.' },
    ...problems(...GUARD_PROBLEMS, 'api_key_not_found'),
  },
});

/** API keys, and accounts that platforms make by them. */
export function createApiKeyRoutes() {
  return createRouter()
    .openapi(createKeyRoute, async (c) => {
      const { name, scopes, expires_at } = c.req.valid('json');
      const input = { name, scopes, expiresAt: expires_at ?? null };
      const { key, ...made } = await createApiKey(c.var.deps, requireClaims(c), input, originOf(c));
      return c.json({ ...toApiKeyResponse(made), key }, 201);
    })
    .openapi(listKeysRoute, async (c) => {
      const range = c.req.valid('query');
      const { keys, total } = await listApiKeys(c.var.deps, requireClaims(c), range);
      return c.json(page(keys.map(toApiKeyResponse), total, range), 200);
    })
    .openapi(revokeKeyRoute, async (c) => {
      const id = parseId<ApiKeyId>(c.req.valid('param').id);
      if (!id) throw new AppError('api_key_not_found');
      await revokeApiKey(c.var.deps, requireClaims(c), id, originOf(c));
      return c.body(null, 204);
    })
    .route('/', createProvisionRoutes());
}
