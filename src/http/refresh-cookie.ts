import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { CookieOptions } from 'hono/utils/cookie';
import { AppError } from '../errors.ts';
import type { AppContext, AppEnv } from './router.ts';

const NAME = 'refresh_token';

/** Whether browsers reach the service over https, on the last stretch of which a proxy may speak http. */
export function overHttps(c: AppContext): boolean {
  return c.var.deps.settings.APP_URL.startsWith('https:') || new URL(c.req.url).protocol === 'https:';
}

/** Over https the `__Host-` prefix makes a browser refuse the cookie from a sibling domain (RFC 6265bis §4.1.3.2). */
function attributes(c: AppContext): CookieOptions & { prefix?: 'host' } {
  const secure = overHttps(c);
  return {
    httpOnly: true,
    secure,
    sameSite: c.var.deps.settings.COOKIE_SAMESITE,
    path: '/',
    ...(secure && { prefix: 'host' as const }),
  };
}

export function readRefreshCookie(c: AppContext): string | undefined {
  const { prefix } = attributes(c);
  return (prefix ? getCookie(c, NAME, prefix) : getCookie(c, NAME)) || undefined;
}

/** Sets the cookie for as long as the token lives. */
export function setRefreshCookie(
  c: AppContext,
  refresh: { refreshToken: string; refreshExpiresAt: Date },
): void {
  const seconds = Math.ceil((refresh.refreshExpiresAt.getTime() - Date.now()) / 1_000);
  setCookie(c, NAME, refresh.refreshToken, { ...attributes(c), maxAge: Math.max(0, seconds) });
}

export function clearRefreshCookie(c: AppContext): void {
  deleteCookie(c, NAME, attributes(c));
}

/**
 * Keeps other sites from using the cookie in a visitor's name. SameSite=Lax does not cover sibling subdomains, and
 * a form post needs no CORS; so a request that names an origin has to name one of ours (ASVS 3.5.1).
 */
export const requireKnownOrigin = createMiddleware<AppEnv>(async (c, next) => {
  const origin = c.req.header('Origin');
  const foreign = origin
    ? !isKnownOrigin(c, origin)
    : c.req.header('Sec-Fetch-Site')?.toLowerCase() === 'cross-site';
  if (foreign) throw new AppError('origin_refused');
  await next();
});

/** Whether an origin is the service's own, its frontend's, or on the allow-list. Exact, never by suffix. */
export function isKnownOrigin(c: AppContext, origin: string): boolean {
  const { APP_URL, FRONTEND_URL, CORS_ORIGINS } = c.var.deps.settings;
  return (
    CORS_ORIGINS.includes(origin) ||
    origin === new URL(FRONTEND_URL).origin ||
    origin === new URL(APP_URL).origin
  );
}
