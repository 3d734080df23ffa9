import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { html } from 'hono/html';
import { readBody } from '../../http.ts';
import type { Accounts } from '../server/accounts.ts';
import { StripeError } from '../wire/errors.ts';
import { checkoutPage, submitCheckout } from './checkout.ts';
import { deskPage } from './desk.ts';
import { actAtDesk } from './desk-actions.ts';
import { type Fields, type PageAnswer, page } from './layout.ts';
import { portalPage, submitPortal } from './portal.ts';

// No form-action: a payment ends at an address of the service, and browsers hold a form to it across redirects.
const POLICY = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'";

/** The pages that a person clicks through. */
export async function servePage(
  accounts: Accounts,
  request: IncomingMessage,
  response: ServerResponse,
  { pathname, searchParams }: URL,
): Promise<void> {
  if (pathname === '/page.css') {
    response.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' });
    response.end(readFileSync(join(import.meta.dirname, 'page.css')));
    return;
  }
  const posts = request.method === 'POST';
  const fields: Fields | undefined = posts
    ? Object.fromEntries(new URLSearchParams(await readBody(request)))
    : undefined;
  const answer =
    pathname === '/'
      ? await desk(accounts, searchParams.get('account') ?? undefined, fields)
      : visit(accounts, pathname, fields);
  if ('location' in answer) {
    response.writeHead(303, { location: answer.location }).end();
    return;
  }
  response.writeHead(answer.status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    // With no-referrer a browser would send forms with `Origin: null`, which is refused here.
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  });
  response.end(String(await answer.html));
}

function visit(accounts: Accounts, path: string, fields: Fields | undefined): PageAnswer {
  const [, kind, id = ''] = /^\/(c\/pay|p\/session)\/(\w+)$/.exec(path) ?? [];
  if (kind === 'c/pay') {
    const held = accounts.holding('checkout.session', id);
    const session = held?.account.find('checkout.session', id);
    if (held && session) {
      if (!fields) return checkoutPage(held.account, session);
      return held.account.atOnce(() => submitCheckout(held.account, session, fields));
    }
  }
  if (kind === 'p/session') {
    const held = accounts.holding('billing_portal.session', id);
    const session = held?.account.find('billing_portal.session', id);
    if (held && session) {
      if (!fields) return portalPage(held.account, session);
      return held.account.atOnce(() => submitPortal(held.account, session, fields));
    }
  }
  return { status: 404, html: page('Not found', html`<p class="sheet">There is no such page.</p>`) };
}

async function desk(
  accounts: Accounts,
  shown: string | undefined,
  fields: Fields | undefined,
): Promise<PageAnswer> {
  if (!fields) {
    accounts.tick();
    return deskPage(accounts, shown);
  }
  const known = accounts.list().find(({ account }) => account.key === fields.account);
  if (!known) return deskPage(accounts, shown, 'There is no such account.');
  try {
    await actAtDesk(accounts.of(known.account.key).account, fields);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return deskPage(accounts, fields.account, error.message);
  }
  return { location: `/?account=${encodeURIComponent(known.account.key)}` };
}
