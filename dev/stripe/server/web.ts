import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ZodError } from 'zod';
import { isLocalRequest, readBody, sendJson } from '../../http.ts';
import { servePage } from '../pages/serve.ts';
import { StripeError } from '../wire/errors.ts';
import type { Accounts } from './accounts.ts';
import { answerApi, failure, secretKeyOf } from './api.ts';
import { control } from './control.ts';

/** Stripe's API under `/v1`, the control API under `/_control`, and the pages. */
export function createStripeServer(accounts: () => Accounts): Server {
  return createServer((request, response) => {
    answer(accounts(), request, response).catch((error: unknown) => {
      if (!(error instanceof StripeError)) console.error('Stripe emulator:', error);
      if (!response.headersSent) sendError(response, error);
    });
  });
}

async function answer(accounts: Accounts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocalRequest(request)) {
    sendJson(response, 403, { message: 'only for this machine' });
    return;
  }
  const url = new URL(request.url ?? '/', accounts.url);
  const { pathname, search } = url;
  const method = request.method ?? 'GET';
  if (pathname.startsWith('/v1/')) await api(accounts, request, response, method, pathname, search);
  else if (pathname.startsWith('/_control/')) await controlled(accounts, request, response, method, pathname);
  else await servePage(accounts, request, response, url);
}

async function api(
  accounts: Accounts,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  path: string,
  search: string,
): Promise<void> {
  const session = accounts.of(secretKeyOf(request.headers.authorization));
  const form = [search.slice(1), await readBody(request)].filter(Boolean).join('&');
  const one = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : null;
  };
  const { status, body, headers, drop } = await answerApi(session, {
    method,
    path,
    form,
    idempotencyKey: one('idempotency-key'),
    version: one('stripe-version'),
  });
  if (drop) {
    request.socket.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(body);
}

async function controlled(
  accounts: Accounts,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  path: string,
): Promise<void> {
  const session = accounts.of(secretKeyOf(request.headers.authorization));
  const text = await readBody(request);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  sendJson(response, 200, await control(accounts, session, method, path.slice('/_control'.length), body));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (error instanceof StripeError) {
    const { status, body } = failure(error);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  } else if (error instanceof ZodError || error instanceof SyntaxError) {
    sendJson(response, 400, { error: { type: 'invalid_request_error', message: error.message } });
  } else sendJson(response, 500, { error: { type: 'api_error', message: String(error) } });
}
