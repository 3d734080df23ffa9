import { createRoute } from '@hono/zod-openapi';
import { requireBearer, requireClaims } from '../http/bearer.ts';
import { clientOf, originOf } from '../http/client-address.ts';
import { BODY_PROBLEMS, json, jsonBody, Message, problems } from '../http/openapi.ts';
import { limitCredentials } from '../http/rate-limit.ts';
import { createRouter } from '../http/router.ts';
import { grantTokens, toUserResponse } from './answers.ts';
import { changePassword } from './change-password.ts';
import { LoginResponse } from './contract.ts';
import { forgotPassword } from './forgot-password.ts';
import { logInByCode } from './log-in-by-code.ts';
import * as contract from './password-contract.ts';
import { requestLoginCode } from './request-login-code.ts';
import { resetPassword } from './reset-password.ts';

const tags = ['Auth'];

const forgotPasswordRoute = createRoute({
  method: 'post',
  path: '/forget-password',
  tags,
  summary: 'Mail a link to set a new password; the older one dies',
  description:
    'The answer is the same whether or not there is such an account. At most five mails an hour are sent.',
  middleware: limitCredentials('forget-password'),
  request: { body: jsonBody(contract.ForgotPasswordRequest) },
  responses: {
    202: json(Message, 'Taken note of.'),
    ...problems(...BODY_PROBLEMS, 'mail_not_configured'),
  },
});

const newPasswordRoute = createRoute({
  method: 'post',
  path: '/new-password',
  tags,
  summary: 'Set a new password by the mailed link',
  description:
    'Ends every session of the account. A password that is refused leaves the link valid. An account that signs in ' +
    'without a password gets its first one this way.',
  middleware: limitCredentials('new-password'),
  request: { body: jsonBody(contract.NewPasswordRequest) },
  responses: {
    200: json(Message, 'The password is set.'),
    ...problems('link_invalid', ...BODY_PROBLEMS),
  },
});

const changePasswordRoute = createRoute({
  method: 'post',
  path: '/change-password',
  tags,
  summary: 'Replace the password',
  description:
    'Ends every session but this one. Wrong passwords count together with those of /login. An account without a ' +
    'password is answered `wrong_password`; /forget-password mails a link to set one.',
  security: [{ bearer: [] }],
  middleware: [requireBearer, limitCredentials('change-password')] as const,
  request: { body: jsonBody(contract.ChangePasswordRequest) },
  responses: {
    200: json(Message, 'The password is changed.'),
    ...problems(
      'wrong_password',
      'account_locked',
      ...BODY_PROBLEMS,
      'invalid_token',
      'account_disabled',
      'email_not_verified',
    ),
  },
});

const requestLoginCodeRoute = createRoute({
  method: 'post',
  path: '/request/login-code',
  tags,
  summary: 'Mail a code to sign in with; the older one dies',
  description:
    'The answer is the same whether or not there is such an account. At most five mails an hour are sent.',
  middleware: limitCredentials('request-login-code'),
  request: { body: jsonBody(contract.LoginCodeRequest) },
  responses: {
    202: json(Message, 'Taken note of.'),
    ...problems(...BODY_PROBLEMS, 'mail_not_configured'),
  },
});

const loginByCodeRoute = createRoute({
  method: 'post',
  path: '/login/code',
  tags,
  summary: 'Sign in with a mailed code',
  description:
    'Proves the mailbox. Where it was not proven before, the password and the sessions of whoever registered die.',
  middleware: limitCredentials('login-code'),
  request: { body: jsonBody(contract.LoginByCodeRequest) },
  responses: {
    200: json(LoginResponse, 'An access token; the refresh token comes as a cookie.'),
    ...problems('invalid_code', 'account_locked', ...BODY_PROBLEMS),
  },
});

/** Passwords that are forgotten or changed, and the code that is mailed in the place of one. */
export function createPasswordRoutes() {
  return createRouter()
    .openapi(forgotPasswordRoute, async (c) => {
      await forgotPassword(c.var.deps, c.req.valid('json').email, originOf(c));
      return c.json({ message: 'If there is an account with this address, a link is on its way.' }, 202);
    })
    .openapi(newPasswordRoute, async (c) => {
      await resetPassword(c.var.deps, c.req.valid('json'), originOf(c));
      return c.json({ message: 'Your new password is set. Sign in with it.' }, 200);
    })
    .openapi(changePasswordRoute, async (c) => {
      await changePassword(c.var.deps, requireClaims(c), c.req.valid('json'), originOf(c));
      return c.json({ message: 'Your password is changed. All other sessions have ended.' }, 200);
    })
    .openapi(requestLoginCodeRoute, async (c) => {
      await requestLoginCode(c.var.deps, c.req.valid('json').email);
      return c.json({ message: 'If there is an account with this address, a code is on its way.' }, 202);
    })
    .openapi(loginByCodeRoute, async (c) => {
      const { user, tokens } = await logInByCode(c.var.deps, c.req.valid('json'), clientOf(c));
      return c.json({ ...grantTokens(c, tokens), user: toUserResponse(user) }, 200);
    });
}
