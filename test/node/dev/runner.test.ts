import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../dev/database/connect.ts';
import { PROJECT_ROOT } from '../../../dev/project.ts';
import { sendMail } from './send-mail.ts';

const START_TIMEOUT_MS = 90_000;

/** As `npm run dev` starts it, on ports and data of its own. */
describe('npm run dev', () => {
  let env: NodeJS.ProcessEnv;
  let dataDir: string;
  const running = new Set<ChildProcess>();

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'tollgate-dev-'));
    const ports = await freePorts(8);
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    env = {
      ...process.env,
      PORT: String(ports[0]),
      DEV_DB_PORT: String(ports[1]),
      DEV_SMTP_PORT: String(ports[2]),
      DEV_MAIL_PORT: String(ports[3]),
      DEV_GOOGLE_PORT: String(ports[4]),
      DEV_GITHUB_PORT: String(ports[5]),
      DEV_STRIPE_PORT: String(ports[6]),
      DEV_AI_PORT: String(ports[7]),
      DEV_DATA_DIR: dataDir,
      // Given, so that nothing is written into the project.
      ACCESS_SECRET_KEY: JSON.stringify(await exportJWK(privateKey)),
      REFRESH_SECRET_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url'),
      VALIDATION_SECRET_KEY: Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url'),
      STRIPE_WEBHOOK_SECRET: `whsec_${crypto.randomUUID()}`,
      APP_URL: `http://localhost:${ports[0]}`,
      DATABASE_URL: `postgres://tollgate:tollgate@127.0.0.1:${ports[1]}/tollgate`,
    };
    delete env.DEV_POSTGRES_URL;
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  function start(): { child: ChildProcess; output: () => string; ended: Promise<unknown[]> } {
    const child = spawn(process.execPath, [join(PROJECT_ROOT, 'dev/main.ts')], { env, cwd: tmpdir() });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (data) => {
        output += data;
      });
    }
    return { child, output: () => output, ended: once(child, 'close') };
  }

  async function startAndWait() {
    const run = start();
    const died = run.ended.then(() => Promise.reject(new Error(`It ended:\n${run.output()}`)));
    died.catch(() => {});
    while (!run.output().includes('Tollgate is up')) await Promise.race([died, soon()]);
    return run;
  }

  const sql = () => connect(env.DATABASE_URL ?? '');

  test(
    'brings up all parts, keeps their state over a kill -9, and leaves nothing behind',
    async () => {
      const first = await startAndWait();
      expect((await fetch(`http://localhost:${env.PORT}/health`)).status).toBe(200);
      for (const provider of ['google', 'github']) {
        const sentOn = await fetch(`http://localhost:${env.PORT}/${provider}/login`);
        expect(await sentOn.text()).toContain('ada@acme.test');
      }
      await sql()`insert into users (email, username) values ('ada@example.com', 'ada')`;
      await sendMail(Number(env.DEV_SMTP_PORT), 'Subject: kept\n\nbody');
      first.child.kill('SIGKILL');
      await first.ended;

      const second = await startAndWait();
      expect(await sql()`select username from users`).toEqual([{ username: 'ada' }]);
      const mails = (await (await fetch(`http://localhost:${env.DEV_MAIL_PORT}/email`)).json()) as unknown[];
      expect(mails).toMatchObject([{ subject: 'kept' }]);

      const rival = start();
      expect((await rival.ended)[0]).toBe(1);
      expect(rival.output()).toContain('Another `npm run dev` uses');

      second.child.kill('SIGINT');
      expect((await second.ended)[0]).toBe(0);
      const { DEV_SMTP_PORT, DEV_MAIL_PORT, DEV_GOOGLE_PORT, DEV_GITHUB_PORT, DEV_STRIPE_PORT, DEV_AI_PORT } =
        env;
      const ports = [
        env.PORT,
        env.DEV_DB_PORT,
        DEV_SMTP_PORT,
        DEV_MAIL_PORT,
        DEV_GOOGLE_PORT,
        DEV_GITHUB_PORT,
        DEV_STRIPE_PORT,
        DEV_AI_PORT,
      ];
      for (const port of ports) {
        await expect(listen(Number(port))).resolves.toBe(Number(port));
      }
    },
    2 * START_TIMEOUT_MS,
  );

  test('names the port that is taken and the variable that moves it', async () => {
    const squatter = createServer().listen(Number(env.DEV_MAIL_PORT), '127.0.0.1');
    await once(squatter, 'listening');
    const run = start();
    expect((await run.ended)[0]).toBe(1);
    expect(run.output()).toContain(`Port ${env.DEV_MAIL_PORT} (the mailbox) is taken`);
    expect(run.output()).toContain('DEV_MAIL_PORT=<port> moves it');
    squatter.close();
  });
});

/** Ports nobody has at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await listen(0));
  return [...ports];
}

async function listen(port: number): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
