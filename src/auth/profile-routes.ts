import { createRoute } from '@hono/zod-openapi';
import { requireBearer, requireClaims } from '../http/bearer.ts';
import { originOf } from '../http/client-address.ts';
import { ignoreHead } from '../http/ignore-head.ts';
import { BODY_PROBLEMS, json, jsonBody, Message, problems } from '../http/openapi.ts';
import { limitCredentials } from '../http/rate-limit.ts';
import { clearRefreshCookie } from '../http/refresh-cookie.ts';
import { createRouter } from '../http/router.ts';
import { toProfileResponse, toUserResponse } from './answers.ts';
import { confirmEmailChange, requestEmailChange, undoEmailChange } from './change-email.ts';
import { deactivateAccount, deleteAccount } from './close-account.ts';
import { exportAccount } from './export-account.ts';
import { changeProfile, readProfile } from './profile.ts';
import * as contract from './profile-contract.ts';

const tags = ['Account'];
const bearer = [{ bearer: [] }];

const readProfileRoute = createRoute({
  method: 'get',
  path: '/profile',
  tags,
  summary: 'What the account says of itself',
  security: bearer,
  middleware: requireBearer,
  responses: {
    200: json(contract.Profile, 'The profile; nulls where nothing was said yet.'),
    ...problems('invalid_token', 'account_disabled'),
  },
});

const changeProfileRoute = createRoute({
  method: 'patch',
  path: '/profile',
  tags,
  summary: 'Change some of the profile',
  security: bearer,
  middleware: requireBearer,
  request: { body: jsonBody(contract.ProfilePatch) },
  responses: {
    200: json(contract.Profile, 'The profile as it is now.'),
    ...problems('invalid_token', 'account_disabled', ...BODY_PROBLEMS),
  },
});

const requestEmailChangeRoute = createRoute({
  method: 'post',
  path: '/email-change',
  tags,
  summary: 'Ask for another email address; a link is mailed there',
  security: bearer,
  middleware: [requireBearer, limitCredentials('email-change')] as const,
  request: { body: jsonBody(contract.EmailChangeRequest) },
  responses: {
    202: json(
      Message,
      'Taken note of, the same whether or not the address is free. The old mailbox is told.',
    ),
    ...problems(
      'invalid_token',
      'account_disabled',
      'email_not_verified',
      'wrong_password',
      'reauthentication_required',
      'account_locked',
      ...BODY_PROBLEMS,
      'mail_not_configured',
    ),
  },
});

const confirmEmailChangeRoute = createRoute({
  method: 'post',
  path: '/email-change/confirm',
  tags,
  summary: 'Change the address by the link sent to the new one',
  description:
    'Ends every other session, mailed link, login code and API key of the account. A bearer token is not needed; the session ' +
    'of one that is sent goes on.',
  middleware: limitCredentials('email-change-confirm'),
  request: { body: jsonBody(contract.MailedToken) },
  responses: {
    200: json(Message, 'Changed. The old mailbox has 72 hours to undo it.'),
    ...problems('link_invalid', 'email_taken', ...BODY_PROBLEMS),
  },
});

const undoEmailChangeRoute = createRoute({
  method: 'post',
  path: '/email-change/undo',
  tags,
  summary: 'Take an account back by the link sent to the address it left',
  description:
    'Restores that address and ends every session, key, link and code. The present password opens nothing any more; ' +
    '/forget-password leads to a new one.',
  middleware: limitCredentials('email-change-undo'),
  request: { body: jsonBody(contract.MailedToken) },
  responses: {
    200: json(Message, 'Restored.'),
    ...problems('link_invalid', 'email_taken', ...BODY_PROBLEMS),
  },
});

const deactivateRoute = createRoute({
  method: 'post',
  path: '/deactivate',
  tags,
  summary: 'Switch the account off; every credential is dead at once',
  security: bearer,
  middleware: [requireBearer, limitCredentials('deactivate')] as const,
  responses: {
    200: json(Message, 'Switched off. Only an administrator switches it on again.'),
    ...problems('invalid_token', 'account_disabled', 'email_not_verified', 'last_admin'),
  },
});

const deleteRoute = createRoute({
  method: 'delete',
  path: '/me',
  tags,
  summary: 'Delete the account and all that belongs to it',
  security: bearer,
  middleware: [requireBearer, limitCredentials('delete-me')] as const,
  request: { body: { ...jsonBody(contract.DeleteAccountRequest), required: false } },
  responses: {
    204: { description: 'Deleted. The address is free.' },
    ...problems(
      'invalid_token',
      'account_disabled',
      'wrong_password',
      'reauthentication_required',
      'account_locked',
      'account_closing_failed',
      'last_admin',
      ...BODY_PROBLEMS,
    ),
  },
});

const exportRoute = createRoute({
  method: 'get',
  path: '/me/export',
  tags,
  summary: 'Everything that is held about the account',
  description: 'Noted in the audit log. A HEAD request does nothing.',
  security: bearer,
  middleware: [ignoreHead, requireBearer, limitCredentials('export')] as const,
  responses: {
    200: json(contract.AccountExport, 'As a file to keep.'),
    ...problems('invalid_token', 'account_disabled', 'email_not_verified'),
  },
});

/** An account's profile, its address, and its end. */
export function createProfileRoutes() {
  return createRouter()
    .openapi(readProfileRoute, async (c) =>
      c.json(toProfileResponse(await readProfile(c.var.deps, requireClaims(c))), 200),
    )
    .openapi(changeProfileRoute, async (c) => {
      const profile = await changeProfile(c.var.deps, requireClaims(c), c.req.valid('json'));
      return c.json(toProfileResponse(profile), 200);
    })
    .openapi(requestEmailChangeRoute, async (c) => {
      await requestEmailChange(c.var.deps, requireClaims(c), c.req.valid('json'), originOf(c));
      return c.json({ message: 'To go on, open the link in the mail to the new address.' }, 202);
    })
    .openapi(confirmEmailChangeRoute, async (c) => {
      await confirmEmailChange(c.var.deps, c.req.valid('json').token, c.var.claims?.sessionId, originOf(c));
      return c.json({ message: 'Your email address is changed. Other devices were signed out.' }, 200);
    })
    .openapi(undoEmailChangeRoute, async (c) => {
      await undoEmailChange(c.var.deps, c.req.valid('json').token, originOf(c));
      return c.json(
        { message: 'Your account is back at this address. Set a new password to sign in again.' },
        200,
      );
    })
    .openapi(deactivateRoute, async (c) => {
      await deactivateAccount(c.var.deps, requireClaims(c), originOf(c));
      clearRefreshCookie(c);
      return c.json({ message: 'Your account is deactivated and signed out everywhere.' }, 200);
    })
    .openapi(deleteRoute, async (c) => {
      await deleteAccount(c.var.deps, requireClaims(c), c.req.valid('json') ?? {}, originOf(c));
      clearRefreshCookie(c);
      return c.body(null, 204);
    })
    .openapi(exportRoute, async (c) => {
      const { user, ...held } = await exportAccount(c.var.deps, requireClaims(c), originOf(c));
      c.header('Content-Disposition', `attachment; filename="account-${user.id}.json"`);
      return c.json({ exported_at: new Date().toISOString(), user: toUserResponse(user), ...held }, 200);
    });
}
