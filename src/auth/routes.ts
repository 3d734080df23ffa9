import { createRoute } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import { callerOf, requireBearerOrKey } from '../http/api-key.ts';
import { requireBearer, requireClaims } from '../http/bearer.ts';
import { clientOf, originOf } from '../http/client-address.ts';
import { ignoreHead } from '../http/ignore-head.ts';
import {
  BODY_PROBLEMS,
  json,
  jsonBody,
  KEY_PROBLEMS,
  Message,
  PageQuery,
  page,
  problems,
  problemsOnly,
} from '../http/openapi.ts';
import { limitCredentials } from '../http/rate-limit.ts';
import { clearRefreshCookie, readRefreshCookie, requireKnownOrigin } from '../http/refresh-cookie.ts';
import { createRouter } from '../http/router.ts';
import { parseId, type SessionId } from '../ids.ts';
import { grantTokens, toSessionResponse, toUserResponse } from './answers.ts';
import { authorize, authorizeCaller } from './authorize.ts';
import * as contract from './contract.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { createPasswordRoutes } from './password-routes.ts';
import { createProfileRoutes } from './profile-routes.ts';
import { refreshSession } from './refresh-session.ts';
import { register } from './register.ts';
import { listSessions, revokeSession } from './sessions.ts';
import { createSocialRoutes } from './social-routes.ts';
import { sendVerification, verifyEmail } from './verify-email.ts';

const tags = ['Auth'];
const bearer = [{ bearer: [] }];
const refreshCookie = [{ refreshCookie: [] }];

const registerRoute = createRoute({
  method: 'post',
  path: '/register',
  tags,
  summary: 'Make an account; its verification link is mailed',
  middleware: limitCredentials('register'),
  request: { body: jsonBody(contract.RegisterRequest) },
  responses: {
    201: json(contract.User, 'The account, not verified yet.'),
    202: json(Message, 'With HIDE_ACCOUNT_EXISTENCE=true: always this, the mailbox learns the rest.'),
    ...problems(...BODY_PROBLEMS, 'email_taken', 'username_taken', 'mail_not_configured'),
  },
});

const loginRoute = createRoute({
  method: 'post',
  path: '/login',
  tags,
  summary: 'Sign in with a password',
  middleware: limitCredentials('login'),
  request: { body: jsonBody(contract.LoginRequest) },
  responses: {
    200: json(contract.LoginResponse, 'An access token; the refresh token comes as a cookie.'),
    ...problems(...BODY_PROBLEMS, 'invalid_credentials', 'account_disabled', 'account_locked'),
  },
});

const refreshRoute = createRoute({
  method: 'post',
  path: '/refresh-token',
  tags,
  summary: 'Exchange the refresh cookie for a new access token and a new cookie',
  security: refreshCookie,
  middleware: requireKnownOrigin,
  responses: {
    200: json(contract.RefreshResponse, 'A new access token; the cookie is replaced.'),
    ...problems('refresh_token_missing', 'refresh_token_invalid', 'refresh_token_reused', 'origin_refused'),
  },
});

const logoutRoute = createRoute({
  method: 'post',
  path: '/logout',
  tags,
  summary: 'Sign out: this session, the others, or all',
  security: refreshCookie,
  middleware: requireKnownOrigin,
  request: { query: contract.LogoutQuery },
  responses: {
    204: {
      description:
        'Signed out. The cookie is cleared, unless only others were signed out. With `scope=current` also when nobody was signed in.',
    },
    ...problems('origin_refused', 'refresh_token_missing', 'refresh_token_invalid', 'validation_failed'),
  },
});

const verifyRoute = createRoute({
  method: 'get',
  path: '/verify',
  tags,
  summary: 'Prove a mailbox by the link sent to it',
  description: 'Using a link again is no error. A HEAD request changes nothing.',
  middleware: ignoreHead,
  request: { query: contract.VerifyQuery },
  responses: {
    200: json(Message, 'The address is verified.'),
    ...problems('link_invalid', 'validation_failed'),
  },
});

const requestVerifyRoute = createRoute({
  method: 'post',
  path: '/request/verify',
  tags,
  summary: 'Mail a new verification link; the older one dies',
  security: bearer,
  middleware: [requireBearer, limitCredentials('request-verify')] as const,
  responses: {
    202: json(Message, 'Taken note of. At most five mails an hour are sent.'),
    ...problems('invalid_token', 'account_disabled', 'mail_not_configured'),
  },
});

const meRoute = createRoute({
  method: 'get',
  path: '/me',
  tags,
  summary: 'The account behind the token or the key',
  description: 'A key needs the scope `profile:read`.',
  security: [{ bearer: [] }, { apiKey: [] }],
  middleware: requireBearerOrKey,
  responses: {
    200: json(contract.User, 'The account.'),
    ...problems('invalid_token', 'account_disabled', ...KEY_PROBLEMS),
  },
});

const sessionsRoute = createRoute({
  method: 'get',
  path: '/sessions',
  tags,
  summary: 'Where the account is signed in',
  security: bearer,
  middleware: requireBearer,
  request: { query: PageQuery },
  responses: {
    200: json(contract.SessionList, 'The sessions, the last used first.'),
    ...problems('invalid_token', 'account_disabled', 'validation_failed'),
  },
});

const revokeSessionRoute = createRoute({
  method: 'delete',
  path: '/sessions/{id}',
  tags,
  summary: 'Sign one session out',
  security: bearer,
  middleware: requireBearer,
  request: { params: contract.SessionPath },
  responses: {
    204: { description: 'Signed out; its access tokens are refused at once.' },
    ...problems('session_not_found', 'invalid_token', 'account_disabled'),
  },
});

const jwksRoute = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tags,
  summary: 'The public keys that verify access tokens',
  responses: {
    200: json(contract.PublicKeys, 'A JSON Web Key Set; empty under HS256.'),
    ...problemsOnly('rate_limited'),
  },
});

/** Registration, sign-in and sessions. */
export function createAuthRoutes() {
  return createRouter()
    .openapi(registerRoute, async (c) => {
      const user = await register(c.var.deps, c.req.valid('json'), originOf(c));
      c.set('userId', user?.id);
      return user
        ? c.json(toUserResponse(user), 201)
        : c.json({ message: 'Almost there: the rest is in a mail to this address.' }, 202);
    })
    .openapi(loginRoute, async (c) => {
      const { user, tokens } = await logIn(c.var.deps, c.req.valid('json'), clientOf(c));
      return c.json({ ...grantTokens(c, tokens), user: toUserResponse(user) }, 200);
    })
    .openapi(refreshRoute, async (c) => {
      const refreshToken = readRefreshCookie(c);
      if (!refreshToken) throw new AppError('refresh_token_missing');
      try {
        return c.json(grantTokens(c, await refreshSession(c.var.deps, refreshToken, clientOf(c))), 200);
      } catch (error) {
        // Only a verdict on the token itself takes the cookie away; an outage says nothing about it.
        if (error instanceof AppError && error.code.startsWith('refresh_token_')) clearRefreshCookie(c);
        throw error;
      }
    })
    .openapi(logoutRoute, async (c) => {
      const { scope } = c.req.valid('query');
      const refreshToken = readRefreshCookie(c);
      if (refreshToken) await logOut(c.var.deps, refreshToken, scope, originOf(c));
      else if (scope !== 'current') throw new AppError('refresh_token_missing');
      if (scope !== 'others') clearRefreshCookie(c);
      return c.body(null, 204);
    })
    .openapi(verifyRoute, async (c) => {
      await verifyEmail(c.var.deps, c.req.valid('query').token, originOf(c));
      return c.json({ message: 'Your email address is verified.' }, 200);
    })
    .openapi(requestVerifyRoute, async (c) => {
      const user = await authorize(c.var.deps, requireClaims(c), { unverified: true });
      await sendVerification(c.var.deps, user);
      return c.json({ message: 'If the address is not verified yet, a link is on its way.' }, 202);
    })
    .openapi(meRoute, async (c) => {
      const policy = { unverified: true, scope: 'profile:read' } as const;
      const { user } = await authorizeCaller(c.var.deps, callerOf(c), policy, () => []);
      c.set('userId', user.id);
      return c.json(toUserResponse(user), 200);
    })
    .openapi(sessionsRoute, async (c) => {
      const range = c.req.valid('query');
      const { sessions, total } = await listSessions(c.var.deps, requireClaims(c), range);
      return c.json(page(sessions.map(toSessionResponse), total, range), 200);
    })
    .openapi(revokeSessionRoute, async (c) => {
      const claims = requireClaims(c);
      const id = parseId<SessionId>(c.req.valid('param').id);
      if (!id) throw new AppError('session_not_found');
      await revokeSession(c.var.deps, claims, id, originOf(c));
      return c.body(null, 204);
    })
    .openapi(jwksRoute, async (c) => {
      const { keys } = await c.var.deps.accessTokens.publicKeys();
      c.header('Cache-Control', 'public, max-age=300');
      return c.json({ keys: [...keys] }, 200);
    })
    .route('/', createProfileRoutes())
    .route('/', createPasswordRoutes())
    .route('/', createSocialRoutes());
}
