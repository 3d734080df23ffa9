import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen, readBody, stop } from '../../dev/http.ts';

/** How an endpoint answers: with JSON, or in a way that no provider should. */
export type Answer = {
  status?: number;
  json?: unknown;
  text?: string;
  /** So many bytes more than need be: blanks behind the JSON. */
  bytes?: number;
  /** Nothing at all, or nothing after the headers. */
  hang?: 'before' | 'after headers';
  location?: string;
};

/** What one code leads to. The code and the token carry it, so that the server remembers nothing. */
export type Script = {
  /** The code challenge that the sign-in began with: a verifier that does not match is refused. */
  challenge?: string | undefined;
  token?: Answer;
  userinfo?: Answer;
  user?: Answer;
  emails?: Answer;
};

const decodeScript = (code: string): Script =>
  JSON.parse(Buffer.from(code, 'base64url').toString()) as Script;

/** A provider that does as the code says: any number of times, with any answer. */
export async function startOddProvider(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  const port = await listen(server, 0);
  return { url: `http://127.0.0.1:${port}`, close: () => stop(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/token' || request.url === '/token-elsewhere') {
    const form = new URLSearchParams(await readBody(request));
    const code = form.get('code') ?? '';
    const script = decodeScript(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (script.challenge !== challenge)
      return give(response, { status: 400, json: { error: 'invalid_grant' } });
    const token = { json: { access_token: code, token_type: 'Bearer' } };
    return give(response, request.url === '/token' ? { ...token, ...script.token } : token);
  }
  const script = decodeScript((request.headers.authorization ?? '').replace(/^Bearer /, ''));
  const endpoint = { '/userinfo': script.userinfo, '/user': script.user, '/emails': script.emails };
  const scripted = endpoint[request.url as keyof typeof endpoint];
  return give(response, scripted ?? { status: 500 });
}

function give(
  response: ServerResponse,
  { status = 200, json, text, bytes = 0, hang, location }: Answer,
): void {
  if (hang === 'before') return;
  response.writeHead(status, {
    'content-type': text === undefined ? 'application/json' : 'text/html',
    ...(location && { location }),
  });
  if (hang === 'after headers') {
    response.write('{"sub":');
    return;
  }
  response.end((text ?? JSON.stringify(json)) + ' '.repeat(bytes));
}
