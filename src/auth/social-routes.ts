import { createRoute } from '@hono/zod-openapi';
import { AppError } from '../errors.ts';
import { clientOf } from '../http/client-address.ts';
import { ignoreHead } from '../http/ignore-head.ts';
import { clearOAuthCookie, readOAuthCookie, setOAuthCookie } from '../http/oauth-cookie.ts';
import { json, problems, problemsOnly } from '../http/openapi.ts';
import { type AppContext, createRouter } from '../http/router.ts';
import { grantTokens, toUserResponse } from './answers.ts';
import { LoginResponse } from './contract.ts';
import { beginSignIn, STATE_TTL_SECONDS } from './oauth-begin.ts';
import { type Callback, finishSignIn } from './oauth-login.ts';
import type { ProviderName } from './oauth-ports.ts';
import { AuthOptions, SocialCallbackQuery, SocialLoginQuery } from './social-contract.ts';

const PROVIDERS = ['google', 'github'] as const satisfies ProviderName[];
const OPTIONS_MAX_AGE_SECONDS = 60;
const TITLES = { google: 'Google', github: 'GitHub' } as const;

const FOR_PEOPLE =
  'Where a page is asked for (`Accept: text/html`), a failure leads to `FRONTEND_URL/sign-in?error=<code>`.';

const loginRoute = <P extends ProviderName>(provider: P) =>
  createRoute({
    method: 'get',
    path: `/${provider}/login` as const,
    tags: ['Auth'],
    summary: `Sign in with ${TITLES[provider]}`,
    description: `For a browser to be sent to. A HEAD request begins nothing. ${FOR_PEOPLE}`,
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
    description: `Makes the account when there is none. A HEAD request does nothing. ${FOR_PEOPLE}`,
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

const optionsRoute = createRoute({
  method: 'get',
  path: '/auth/options',
  tags: ['Auth'],
  summary: 'What a sign-in page has to know',
  responses: {
    200: json(AuthOptions, 'How to sign in here.'),
    ...problemsOnly('misconfigured', 'rate_limited'),
  },
});

/** Sign-in at Google and GitHub. */
export function createSocialRoutes() {
  return createRouter()
    .openapi(loginRoute('google'), (c) => begin(c, 'google', c.req.valid('query').redirect_to))
    .openapi(loginRoute('github'), (c) => begin(c, 'github', c.req.valid('query').redirect_to))
    .openapi(callbackRoute('google'), (c) => finish(c, 'google', c.req.valid('query')))
    .openapi(callbackRoute('github'), (c) => finish(c, 'github', c.req.valid('query')))
    .openapi(optionsRoute, (c) => {
      const { oauth, settings } = c.var.deps;
      c.header('Cache-Control', `public, max-age=${OPTIONS_MAX_AGE_SECONDS}`);
      return c.json(
        {
          providers: PROVIDERS.filter((name) => oauth.providers[name]),
          password_min_length: settings.PASSWORD_MIN_LENGTH,
        },
        200,
      );
    });
}

const begin = (c: AppContext, provider: ProviderName, redirectTo: string | undefined) =>
  orBackToSignIn(c, async () => {
    const { location, browserSecret } = await beginSignIn(c.var.deps, provider, redirectTo);
    setOAuthCookie(c, browserSecret, STATE_TTL_SECONDS);
    return c.redirect(location, 302);
  });

/** The cookie goes with the sign-in that it belongs to; a callback that was refused may not have been that one's. */
const finish = (c: AppContext, provider: ProviderName, callback: Callback) =>
  orBackToSignIn(c, async () => {
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
  });

/** A person whose browser was sent here cannot do anything with a problem in JSON; the sign-in page says it in words. */
async function orBackToSignIn<T>(c: AppContext, act: () => Promise<T>) {
  try {
    return await act();
  } catch (error) {
    const isForPerson = c.req.header('Accept')?.includes('text/html');
    if (!isForPerson || !(error instanceof AppError)) throw error;
    const { FRONTEND_URL } = c.var.deps.settings;
    return c.redirect(`${FRONTEND_URL}/sign-in?error=${error.code}`, 302);
  }
}
