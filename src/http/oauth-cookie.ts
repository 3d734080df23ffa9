import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { CookieOptions } from 'hono/utils/cookie';
import { overHttps } from './refresh-cookie.ts';
import type { AppContext } from './router.ts';

const NAME = 'oauth_browser';

/** Lax, whatever the refresh cookie is: it has to come along when the provider sends the browser back. */
function attributes(c: AppContext): CookieOptions & { prefix?: 'host' } {
  const secure = overHttps(c);
  return { httpOnly: true, secure, sameSite: 'Lax', path: '/', ...(secure && { prefix: 'host' as const }) };
}

/** The secret of the browser that began a sign-in; the one that it began last. */
export function readOAuthCookie(c: AppContext): string | undefined {
  const { prefix } = attributes(c);
  return (prefix ? getCookie(c, NAME, prefix) : getCookie(c, NAME)) || undefined;
}

export function setOAuthCookie(c: AppContext, secret: string, ttlSeconds: number): void {
  setCookie(c, NAME, secret, { ...attributes(c), maxAge: ttlSeconds });
}

export function clearOAuthCookie(c: AppContext): void {
  deleteCookie(c, NAME, attributes(c));
}
