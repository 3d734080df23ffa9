import { createRoute } from '@hono/zod-openapi';
import { clientOf } from '../http/client-address.ts';
import { ignoreHead } from '../http/ignore-head.ts';
import { clearOAuthCookie, readOAuthCookie, setOAuthCookie } from '../http/oauth-cookie.ts';
import { json, problems } from '../http/openapi.ts';
import { type AppContext, createRouter } from '../http/router.ts';
import { grantTokens, toUserResponse } from './answers.ts';
import { LoginResponse } from './contract.ts';
import { beginSignIn, STATE_TTL_SECONDS } from './oauth-begin.ts';
import { type Callback, finishSignIn } from './oauth-login.ts';
import type { ProviderName } from './oauth-ports.ts';
import { SocialCallbackQuery, SocialLoginQuery } from './social-contract.ts';

const TITLES = { google: 'Google', github: 'GitHub' } as const;

const loginRoute = <P extends ProviderName>(provider: P) =>
  createRoute({
    method: 'get',
    path: `/${provider}/login` as const,
    tags: ['Auth'],
    summary: `Sign in with ${TITLES[provider]}`,
    description: 'For a browser to be sent to. A HEAD request begins nothing.',
    middleware: ignoreHead,
    request: { query: SocialLoginQuery },
    responses: {
      302: { description: `To ${TITLES[provider]}, with a cookie that binds the sign-in to this browser.` },
      ...problems('validation_failed', 'oauth_not_configured', 'oauth_unavailable'),
    },
  });

const callbackRoute = <P extends ProviderName>(provider: P) =>
  createRoute({
    method: 'get',
    path: `/auth/social/callback/${provider}` as const,
    tags: ['Auth'],
    summary: `Where ${TITLES[provider]} sends the browser back to`,
    description: 'Makes the account when there is none. A HEAD request does nothing.',
    middleware: ignoreHead,
    request: { query: SocialCallbackQuery },
    responses: {
      200: json(LoginResponse, 'An access token; the refresh token comes as a cookie.'),
      302: {
        description: 'To `redirect_to`, when the sign-in began with one: with the cookie, without a token.',
      },
      ...problems(
        'oauth_state_invalid',
        'oauth_denied',
        'oauth_email_unverified',
        'account_disabled',
        'oauth_provider_error',
        'oauth_not_configured',
        'oauth_unavailable',
        'validation_failed',
      ),
    },
  });

/** Sign-in at Google and GitHub. */
export function createSocialRoutes() {
  return createRouter()
    .openapi(loginRoute('google'), (c) => begin(c, 'google', c.req.valid('query').redirect_to))
    .openapi(loginRoute('github'), (c) => begin(c, 'github', c.req.valid('query').redirect_to))
    .openapi(callbackRoute('google'), (c) => finish(c, 'google', c.req.valid('query')))
    .openapi(callbackRoute('github'), (c) => finish(c, 'github', c.req.valid('query')));
}

async function begin(c: AppContext, provider: ProviderName, redirectTo: string | undefined) {
  const { location, browserSecret } = await beginSignIn(c.var.deps, provider, redirectTo);
  setOAuthCookie(c, browserSecret, STATE_TTL_SECONDS);
  return c.redirect(location, 302);
}

/** The cookie goes with the sign-in that it belongs to; a callback that was refused may not have been that one's. */
async function finish(c: AppContext, provider: ProviderName, callback: Callback) {
  const browserSecret = readOAuthCookie(c);
  const { user, tokens, redirectTo } = await finishSignIn(
    c.var.deps,
    provider,
    callback,
    browserSecret,
    clientOf(c),
  );
  clearOAuthCookie(c);
  const granted = grantTokens(c, tokens);
  return redirectTo === null
    ? c.json({ ...granted, user: toUserResponse(user) }, 200)
    : c.redirect(redirectTo, 302);
}
