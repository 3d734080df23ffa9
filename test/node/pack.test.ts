import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestHarness } from 'wrangler';
import { PROJECT_ROOT } from '../../dev/project.ts';

const run = promisify(execFile);
const NODE_MODULES = join(PROJECT_ROOT, 'node_modules');

/** What is written by somebody who has installed the package. */
const PROJECT = {
  'package.json': '{ "name": "shop", "type": "module", "private": true }',
  'wrangler.toml': `
    name = "shop"
    main = "worker.ts"
    compatibility_date = "2026-09-01"
    compatibility_flags = ["nodejs_compat"]
    send_metrics = false
    [[kv_namespaces]]
    binding = "KV"
    [[queues.producers]]
    binding = "MAIL_QUEUE"
    queue = "mail"
    [[queues.producers]]
    binding = "BILLING_QUEUE"
    queue = "billing"
    [[ratelimits]]
    name = "RATE_LIMITER"
    namespace_id = "1"
    simple = { limit = 600, period = 60 }`,
  'worker.ts': `
    import { type Bindings, buildDeps, createApp, settingsOf } from 'tollgate';
    const app = createApp({ deps: (c) => buildDeps(settingsOf(c.env), c.env, c.executionCtx) });
    export default { fetch: app.fetch } satisfies ExportedHandler<Bindings>;`,
  'page.ts': `
    import { createClient, TollgateError, unwrap } from 'tollgate/client';
    const tollgate = createClient({ baseUrl: 'https://auth.acme.test' });
    export async function show(): Promise<string> {
      const { username } = await tollgate.login({ email: 'ada@acme.test', password: 'correct horse' });
      const plans = await unwrap(tollgate.api.billing.plans.$get());
      const cents: number | undefined = plans[0]?.price_cents;
      // @ts-expect-error what an answer does not have, the type does not either
      plans[0]?.price_dollars;
      // @ts-expect-error nor is there a route that is none
      tollgate.api.no_such_route.$get();
      // @ts-expect-error what a route asks for is missed
      tollgate.api.login.$post({ json: { email: 'ada@acme.test' } });
      return \`\${username} \${cents}\`;
    }
    export const isTaken = (error: unknown) => error instanceof TollgateError && error.code === 'email_taken';`,
  'kit.ts': `
    import { createTestKit } from 'tollgate/testing';
    const kit = createTestKit({ databaseUrl: 'postgres://x@127.0.0.1:1/x', baseUrl: 'http://localhost' });
    export const granted = async (): Promise<string> => kit.subscription(await kit.admin(), 'pro');`,
  'tsconfig.json': tsconfig(
    ['ES2024'],
    ['@cloudflare/workers-types'],
    ['worker.ts', 'kit.ts', 'embedded-0.ts', 'embedded-1.ts'],
  ),
  // A page knows nothing of Workers.
  'tsconfig.page.json': tsconfig(['ES2024', 'DOM'], [], ['page.ts']),
};

describe('the package', () => {
  let directory: string;
  let app: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tollgate-pack-'));
    app = join(directory, 'shop');
    const { stdout } = await run('npm', ['pack', '--pack-destination', directory, '--loglevel', 'error'], {
      cwd: PROJECT_ROOT,
    });
    const tarball = join(directory, stdout.trim().split('\n').at(-1) ?? '');
    await install(tarball, app);
    for (const [name, text] of Object.entries(PROJECT)) await writeFile(join(app, name), text);
  }, 120_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('has what package.json promises, and none of what is ours alone', async () => {
    const root = join(app, 'node_modules/tollgate');
    const { exports, bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const promised = Object.values({ ...exports, bin }).flatMap((door) =>
      typeof door === 'string' ? [door] : Object.values(door as Record<string, string>),
    );
    for (const file of promised) await readFile(join(root, file));
    const built = (await readdir(join(root, 'dist/package'))).filter((file) => file.endsWith('.js'));
    expect(promised).toEqual(expect.arrayContaining(built.map((file) => `./dist/package/${file}`)));
    const top = await readdir(root);
    expect(top.toSorted()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
    expect(await readdir(join(root, 'dist/package/migrations'))).toEqual(
      await readdir(join(PROJECT_ROOT, 'migrations')),
    );
  });

  it('type-checks in a Worker and, the client alone, in a page', async () => {
    for (const [number, code] of (await codeIn('docs/embedding.md')).entries()) {
      await writeFile(join(app, `embedded-${number}.ts`), code);
    }
    const tsc = join(NODE_MODULES, 'typescript/bin/tsc');
    const check = (config: string) =>
      run(process.execPath, [tsc, '-p', config], { cwd: app }).then(
        () => '',
        (error: { stdout: string }) => error.stdout,
      );
    expect(await check('tsconfig.json')).toBe('');
    expect(await check('tsconfig.page.json')).toBe('');
    await cp(join(PROJECT_ROOT, 'examples/pages'), join(app, 'example'), { recursive: true });
    expect(await check('example/tsconfig.json')).toBe('');
  });

  it('runs: the migrations, the app in a Worker, the testing kit and the client', async () => {
    const name = `t_${crypto.randomUUID().replaceAll('-', '')}`;
    const endpoint = inject('databaseEndpoint');
    await fetch(`${endpoint}/db/${name}`, { method: 'PUT' });
    const databaseUrl = `postgres://tollgate:tollgate@${new URL(endpoint).host}/${name}`;
    const migrated = await run(
      process.execPath,
      [join(app, 'node_modules/tollgate/dist/package/bin/migrate.js')],
      {
        cwd: app,
        env: { ...process.env, DATABASE_URL: databaseUrl },
      },
    );
    expect(migrated.stdout).toContain('The database is up to date.');

    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const vars = {
      APP_ENV: 'test',
      APP_URL: 'http://shop.test',
      DATABASE_URL: databaseUrl,
      ACCESS_SECRET_KEY: JSON.stringify(await exportJWK(privateKey)),
      REFRESH_SECRET_KEY: crypto.randomUUID() + crypto.randomUUID(),
      VALIDATION_SECRET_KEY: crypto.randomUUID() + crypto.randomUUID(),
      SMTP_HOST: '127.0.0.1',
    };
    const harness = createTestHarness({ root: app, workers: [{ configPath: 'wrangler.toml', vars }] });
    try {
      await harness.listen();
      const send = (input: string | Request, init?: RequestInit) => {
        const request = new Request(input, init);
        const { method, headers } = request;
        return request.arrayBuffer().then((body) =>
          harness.fetch(request.url, {
            method,
            headers: Object.fromEntries(headers),
            ...(body.byteLength > 0 && { body }),
          }),
        ) as unknown as Promise<Response>;
      };
      const door = (file: string) =>
        import(pathToFileURL(join(app, 'node_modules/tollgate/dist/package', file)).href);
      const { createTestKit } = await door('testing.js');
      const { createClient } = await door('client.js');
      const baseUrl = vars.APP_URL;
      const admin = await createTestKit({ databaseUrl, baseUrl, fetch: send }).admin();
      const tollgate = createClient({ baseUrl, fetch: send });
      const me = await tollgate.fetch('/me', { headers: admin.headers });
      expect(await me.json()).toMatchObject({ id: admin.id, is_admin: true });
      // A password is hashed, so the WebAssembly came along.
      const account = { email: 'ada@acme.test', username: 'ada', password: 'correct horse battery staple' };
      await tollgate.api.register.$post({ json: account });
      expect(await tollgate.login(account)).toMatchObject({ username: 'ada' });
      await expect(tollgate.api.register.$post({ json: account })).rejects.toMatchObject({
        code: 'email_taken',
      });
    } finally {
      await harness.close();
      await fetch(`${endpoint}/db/${name}`, { method: 'DELETE' });
    }
  }, 120_000);
});

/** What a page of ours shows as code of somebody else's. */
async function codeIn(file: string): Promise<string[]> {
  const text = await readFile(join(PROJECT_ROOT, file), 'utf8');
  return [...text.matchAll(/^ {4}import (?:.*\n(?: {4}.*\n|\n(?= {4}| *\n))*)/gm)].map(([code]) => code);
}

/** As npm would, but from this machine: the package unpacked, and linked beside it what it depends on and nothing more. */
async function install(tarball: string, project: string): Promise<void> {
  const root = join(project, 'node_modules/tollgate');
  await mkdir(root, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', root, '--strip-components=1']);
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), '@cloudflare/workers-types']) {
    const link = join(project, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(NODE_MODULES, name), link);
  }
}

function tsconfig(lib: string[], types: string[], files: string[]): string {
  return JSON.stringify({
    compilerOptions: {
      ...{ target: 'ES2024', module: 'ESNext', moduleResolution: 'Bundler', strict: true, noEmit: true },
      ...{ skipLibCheck: true, lib, types },
    },
    files,
  });
}
