import { createRoute } from '@hono/zod-openapi';
import { ACTING_PROBLEMS, acting, idOr } from '../http/admin-routes.ts';
import { administratorOf } from '../http/administrator.ts';
import { BODY_PROBLEMS, json, jsonBody, Message, problems } from '../http/openapi.ts';
import { createRouter } from '../http/router.ts';
import type { ApiKeyId, SessionId, UserId } from '../ids.ts';
import { toAdminUserResponse } from './answers.ts';
import { setRole, setStatus, verifyUser } from './change-user.ts';
import { IdPath } from './contract.ts';
import { endSessionOf, endSessionsOf, revokeKeyOf } from './end-credentials.ts';
import { mailReset, unlockUser } from './let-in-again.ts';
import * as contract from './user-contract.ts';

const changed = json(contract.AdminUser, 'As the account is now.');

const statusRoute = createRoute({
  ...acting,
  method: 'patch',
  path: '/admin/users/{id}/status',
  summary: 'Switch an account off, or on again',
  description:
    'Off: every credential is dead at once, what is paid for stops renewing, and the owner is told. On again: the owner signs in anew.',
  request: { params: IdPath, body: jsonBody(contract.StatusRequest) },
  responses: {
    200: changed,
    ...problems(...ACTING_PROBLEMS, ...BODY_PROBLEMS, 'user_not_found', 'last_admin'),
  },
});

const roleRoute = createRoute({
  ...acting,
  method: 'patch',
  path: '/admin/users/{id}/role',
  summary: 'Make an administrator, or take that away',
  request: { params: IdPath, body: jsonBody(contract.RoleRequest) },
  responses: {
    200: changed,
    ...problems(...ACTING_PROBLEMS, ...BODY_PROBLEMS, 'user_not_found', 'last_admin', 'not_verified'),
  },
});

const verifyRoute = createRoute({
  ...acting,
  method: 'patch',
  path: '/admin/users/{id}/verify',
  summary: 'Take an account for verified, on your word',
  description:
    'Who can sign in to it goes on being able to. It proves no mailbox: whoever proves that it is theirs later, by a ' +
    'login code, a reset or a provider, takes the account over.',
  request: { params: IdPath },
  responses: { 200: changed, ...problems(...ACTING_PROBLEMS, 'user_not_found') },
});

const endSessionsRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/users/{id}/sessions/revoke',
  summary: 'Sign an account out everywhere',
  request: { params: IdPath },
  responses: {
    200: json(contract.Revoked, 'How many sessions were ended.'),
    ...problems(...ACTING_PROBLEMS, 'user_not_found'),
  },
});

const endSessionRoute = createRoute({
  ...acting,
  method: 'delete',
  path: '/admin/users/{id}/sessions/{session_id}',
  summary: 'Sign an account out in one place',
  request: { params: contract.SessionOfUserPath },
  responses: {
    204: { description: 'Ended; its next call is refused.' },
    ...problems(...ACTING_PROBLEMS, 'user_not_found', 'session_not_found'),
  },
});

const revokeKeyRoute = createRoute({
  ...acting,
  method: 'delete',
  path: '/admin/users/{id}/api-keys/{key_id}',
  summary: 'Revoke an API key of an account',
  request: { params: contract.KeyOfUserPath },
  responses: {
    204: { description: 'Revoked; the next call with it is refused.' },
    ...problems(...ACTING_PROBLEMS, 'user_not_found', 'api_key_not_found'),
  },
});

const resetRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/users/{id}/password-reset',
  summary: 'Mail the owner of an account the link to set a new password',
  request: { params: IdPath },
  responses: {
    202: json(Message, 'The mail is on its way; the older link is dead.'),
    ...problems(...ACTING_PROBLEMS, 'user_not_found', 'not_mailable', 'mail_not_configured'),
  },
});

const unlockRoute = createRoute({
  ...acting,
  method: 'post',
  path: '/admin/users/{id}/unlock',
  summary: 'Forget the wrong passwords and codes of an account',
  request: { params: IdPath },
  responses: { 200: changed, ...problems(...ACTING_PROBLEMS, 'user_not_found') },
});

const userId = (text: string) => idOr<UserId>('user_not_found', text);

/** What administrators do to accounts. */
export function createUserActRoutes() {
  return createRouter()
    .openapi(statusRoute, async (c) => {
      const id = userId(c.req.valid('param').id);
      const { is_active } = c.req.valid('json');
      return c.json(toAdminUserResponse(await setStatus(c.var.deps, administratorOf(c), id, is_active)), 200);
    })
    .openapi(roleRoute, async (c) => {
      const id = userId(c.req.valid('param').id);
      const { is_admin } = c.req.valid('json');
      return c.json(toAdminUserResponse(await setRole(c.var.deps, administratorOf(c), id, is_admin)), 200);
    })
    .openapi(verifyRoute, async (c) => {
      const id = userId(c.req.valid('param').id);
      return c.json(toAdminUserResponse(await verifyUser(c.var.deps, administratorOf(c), id)), 200);
    })
    .openapi(endSessionsRoute, async (c) => {
      const id = userId(c.req.valid('param').id);
      return c.json({ revoked: await endSessionsOf(c.var.deps, administratorOf(c), id) }, 200);
    })
    .openapi(endSessionRoute, async (c) => {
      const { id, session_id } = c.req.valid('param');
      const sessionId = idOr<SessionId>('session_not_found', session_id);
      await endSessionOf(c.var.deps, administratorOf(c), userId(id), sessionId);
      return c.body(null, 204);
    })
    .openapi(revokeKeyRoute, async (c) => {
      const { id, key_id } = c.req.valid('param');
      const keyId = idOr<ApiKeyId>('api_key_not_found', key_id);
      await revokeKeyOf(c.var.deps, administratorOf(c), userId(id), keyId);
      return c.body(null, 204);
    })
    .openapi(resetRoute, async (c) => {
      await mailReset(c.var.deps, administratorOf(c), userId(c.req.valid('param').id));
      return c.json({ message: 'The owner of the account is mailed a link to set a new password.' }, 202);
    })
    .openapi(unlockRoute, async (c) => {
      const id = userId(c.req.valid('param').id);
      return c.json(toAdminUserResponse(await unlockUser(c.var.deps, administratorOf(c), id)), 200);
    });
}
