import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { PROJECT_ROOT } from '../../dev/project.ts';
import { buildPage, contentSecurityPolicy } from '../../examples/pages/build.ts';

/** All of `npm run dev` on ports and data of its own, and the example page on another origin. */
export type Stack = {
  readonly tollgateUrl: string;
  /** The example page. */
  readonly pageUrl: string;
  readonly mailboxUrl: string;
  /** The Stripe emulator. */
  readonly stripeUrl: string;
  readonly databaseUrl: string;
};

export async function startStack(): Promise<{ stack: Stack; close: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'tollgate-e2e-'));
  const [port, db, smtp, mail, google, github, stripe, ai, page] = await freePorts(9);
  const tollgateUrl = `http://localhost:${port}`;
  const pageUrl = `http://localhost:${page}`;
  const databaseUrl = `postgres://tollgate:tollgate@127.0.0.1:${db}/tollgate`;
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { DEV_POSTGRES_URL: _, ...environment } = process.env;
  const service = spawn(process.execPath, [join(PROJECT_ROOT, 'dev/main.ts')], {
    cwd: directory,
    env: {
      ...environment,
      PORT: String(port),
      DEV_DB_PORT: String(db),
      DEV_SMTP_PORT: String(smtp),
      DEV_MAIL_PORT: String(mail),
      DEV_GOOGLE_PORT: String(google),
      DEV_GITHUB_PORT: String(github),
      DEV_STRIPE_PORT: String(stripe),
      DEV_AI_PORT: String(ai),
      DEV_DATA_DIR: directory,
      APP_URL: tollgateUrl,
      CORS_ORIGINS: pageUrl,
      DATABASE_URL: databaseUrl,
      RATE_LIMIT_CREDENTIALS: '1000/60',
      RATE_LIMIT_DEFAULT: '100000/60',
      ACCESS_SECRET_KEY: JSON.stringify(await exportJWK(privateKey)),
      REFRESH_SECRET_KEY: crypto.randomUUID() + crypto.randomUUID(),
      VALIDATION_SECRET_KEY: crypto.randomUUID() + crypto.randomUUID(),
      STRIPE_WEBHOOK_SECRET: `whsec_${crypto.randomUUID()}`,
    },
  });
  const web = join(directory, 'page');
  await buildPage(tollgateUrl, web);
  const pages = await serveFolder(web, page ?? 0, contentSecurityPolicy(tollgateUrl));
  await untilUp(service);
  const mailboxUrl = `http://localhost:${mail}`;
  const stripeUrl = `http://localhost:${stripe}`;
  return {
    stack: { tollgateUrl, pageUrl, mailboxUrl, stripeUrl, databaseUrl },
    async close() {
      pages.closeAllConnections();
      pages.close();
      service.kill('SIGINT');
      if (service.exitCode === null) await once(service, 'close');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function untilUp(service: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [service.stdout, service.stderr]) {
      stream?.on('data', (data) => {
        output += data;
        if (output.includes('Tollgate is up')) resolve();
      });
    }
    service.on('close', () => reject(new Error(`It ended:\n${output}`)));
  });
}

const TYPES: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };

/** As Cloudflare Pages would. */
async function serveFolder(folder: string, port: number, policy: string): Promise<Server> {
  const server = createHttpServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    const type = TYPES[name.split('.').at(-1) ?? ''];
    const found =
      /^[\w.-]+$/.test(name) && type ? await readFile(join(folder, name)).catch(() => null) : null;
    response.setHeader('Content-Security-Policy', policy);
    response.writeHead(found ? 200 : 404, { 'Content-Type': type ?? 'text/plain' }).end(found ?? '');
  }).listen(port, 'localhost');
  await once(server, 'listening');
  return server;
}

/** Ports nobody has at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  return Promise.all(
    servers.map(async (server) => {
      await once(server, 'listening');
      const address = server.address();
      server.close();
      await once(server, 'close');
      return typeof address === 'object' && address ? address.port : 0;
    }),
  );
}
