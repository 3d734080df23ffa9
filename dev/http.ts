import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Everything `npm run dev` serves itself stays on this machine. */
export const LOOPBACK = '127.0.0.1';

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Listens on the loopback interface (port 0: any free one) and answers the port; rejects when it is taken. */
export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Closing an idle connection in the moment a client uses it again would look like a network failure to it.
  server.keepAliveTimeout = 0;
  return (server.address() as AddressInfo).port;
}

/** Stops a server without waiting for those who keep their connection open. */
export async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

/**
 * Whether a request was made on this machine, to this server. A page on the web can make a browser send requests to
 * loopback addresses: it shows in `Host` (a name re-bound to 127.0.0.1) or in `Origin`.
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  const { host = '', origin } = request.headers;
  const name = host.replace(/:\d+$/, '');
  return ['127.0.0.1', 'localhost', '[::1]'].includes(name) && (!origin || origin === `http://${host}`);
}

/** The whole body as text. Rejects when it is larger than anything this service sends. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new RangeError('the request body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Answers JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): ServerResponse {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  return response.end(JSON.stringify(body));
}
