import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { isLocalRequest, readBody, sendJson } from '../http.ts';
import type { Mail } from './mail.ts';
import type { SmtpCatcher } from './smtp.ts';
import type { MailStore } from './store.ts';

const CONTENT_TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript' } as const;
const PAGE = { '/': 'page.html', '/page.css': 'page.css', '/page.js': 'page.js' } as const;
const PAGE_POLICY = "default-src 'self'; img-src data:; frame-ancestors 'none'";
// A mail may look as it likes and load pictures, and do nothing else, also when it is opened outside its frame.
const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; " +
  "img-src http: https: data:; font-src http: https: data:; frame-ancestors 'self'";

/**
 * The mailbox's page at `/` and its REST interface: `GET /email` (oldest first), `DELETE /email`, `GET /email/<id>`,
 * `GET /email/<id>/html`, `GET /events` (an event after every change), and `POST /fail` `{ count }`, which refuses
 * that many of the next mails.
 */
export function createMailboxServer(store: MailStore, smtp: Pick<SmtpCatcher, 'refuseNext'>): Server {
  return createServer((request, response) => {
    answer(store, smtp, request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 400, { message: String(error) });
    });
  });
}

async function answer(
  store: MailStore,
  smtp: Pick<SmtpCatcher, 'refuseNext'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<ServerResponse> {
  if (!isLocalRequest(request)) return sendJson(response, 403, { message: 'only for this machine' });
  const path = request.url?.split('?')[0] ?? '/';
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const [, id, html] = /^\/email\/([\w-]+)(\/html)?$/.exec(path) ?? [];
  if (method === 'GET' && id) return sendMail(response, store.find(id), html !== undefined);
  if (method === 'GET' && path in PAGE) return sendPage(response, PAGE[path as keyof typeof PAGE]);
  switch (`${method} ${path}`) {
    case 'GET /email':
      return sendJson(response, 200, store.list());
    case 'DELETE /email':
      await store.clear();
      return response.writeHead(204).end();
    case 'GET /events':
      return sendEvents(response, store);
    case 'POST /fail': {
      const { count } = JSON.parse(await readBody(request)) as { count?: unknown };
      if (!Number.isSafeInteger(count) || Number(count) < 0)
        throw new RangeError('count must be a whole number');
      smtp.refuseNext(Number(count));
      return sendJson(response, 200, { count });
    }
    default:
      return sendJson(response, 404, { message: 'not found' });
  }
}

function sendPage(response: ServerResponse, file: (typeof PAGE)[keyof typeof PAGE]): ServerResponse {
  const extension = file.slice(file.lastIndexOf('.') + 1) as keyof typeof CONTENT_TYPES;
  response.writeHead(200, {
    'content-type': `${CONTENT_TYPES[extension]}; charset=utf-8`,
    'content-security-policy': PAGE_POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  });
  return response.end(readFileSync(join(import.meta.dirname, file)));
}

function sendMail(response: ServerResponse, mail: Mail | undefined, asPage: boolean): ServerResponse {
  if (!mail) return sendJson(response, 404, { message: 'no such mail' });
  if (!asPage) return sendJson(response, 200, mail);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': MAIL_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  return response.end(openLinksOutside(mail.html));
}

/** Makes every link open in a tab of its own, wherever the mail has its head. */
function openLinksOutside(html: string): string {
  const base = '<base target="_blank">';
  const withBase = html.replace(/<head\b[^>]*>/i, (head) => head + base);
  return withBase === html ? base + html : withBase;
}

function sendEvents(response: ServerResponse, store: MailStore): ServerResponse {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  const stopWatching = store.watch(() => response.write('data: changed\n\n'));
  return response.on('close', stopWatching);
}
