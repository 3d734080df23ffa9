import { createClient } from '../../src/client.ts';
import { cookieOf, newAccount } from '../support/accounts.ts';
import { APP_URL, type Service } from '../support/service.ts';

/** What a page has: a cookie jar that it cannot look into, and a wire that can be listened to. */
export function openPage(service: Service) {
  let cookie = '';
  let expired: string | undefined;
  const sent: string[] = [];
  const tollgate = createClient({
    baseUrl: APP_URL,
    async fetch(url, init) {
      const { pathname, search } = new URL(url);
      sent.push(`${init.method ?? 'GET'} ${pathname}`);
      const headers = new Headers(init.headers);
      if (headers.get('Authorization') === `Bearer ${expired}`)
        headers.set('Authorization', 'Bearer expired');
      if (cookie) headers.set('Cookie', cookie);
      const { method = 'GET', body } = init;
      const response = await service.fetch(pathname + search, {
        method,
        ...(body && { body }),
        headers: Object.fromEntries(headers),
      });
      if (response.headers.has('Set-Cookie')) cookie = cookieOf(response);
      return response;
    },
  });
  return {
    tollgate,
    sent,
    /** Makes the service refuse the token that the page holds now. */
    expireToken() {
      expired = tollgate.token;
    },
    cookie: () => cookie,
  };
}

/** A page that somebody is signed in on; nothing of that is among what was sent. */
export async function openSignedIn(service: Service) {
  const account = await newAccount(service);
  const page = openPage(service);
  await page.tollgate.login({ email: account.email, password: account.password });
  page.sent.length = 0;
  return { ...page, account };
}
