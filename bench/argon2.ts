// Time and memory of the password hasher on plain workerd, beside @phi-ag/argon2 with the same parameters.
// How to read what it prints: bench/README.md.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const HASHES = 200;
/** The two take turns, this many each, so that a machine that gets busy gets busy for both. */
const TURNS = 5;
const AT_ONCE = 16;
const MIB = 1024;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMPATIBILITY_DATE = /^compatibility_date = "(.*)"$/m.exec(
  readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'),
)?.[1];

const requireFromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
/** The binary itself: its launcher in node_modules/.bin may be a script, and the memory measured would be Node's. */
const { default: WORKERD } = requireFromWrangler('workerd') as { default: string };

const SOURCES = {
  tollgate: `
    import { createPasswordHasher } from '${ROOT}src/adapters/argon2.ts';
    const hasher = createPasswordHasher();
    const known = '$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0';
    const routes = {
      '/nothing': async () => 'nothing',
      '/hash': () => hasher.hash('correct horse battery staple'),
      '/verify': () => hasher.verify(known, 'a wrong password'),
      '/verify-nothing': () => hasher.verifyNothing('a wrong password'),
    };
    export default {
      fetch: async (request) => new Response(String(await routes[new URL(request.url).pathname]())),
    };`,
  yardstick: `
    import Argon2, { Argon2Type } from '@phi-ag/argon2';
    import module from '@phi-ag/argon2/argon2.wasm';
    let argon2;
    const cost = { memoryCost: 19456, timeCost: 2, parallelism: 1, hashLength: 32, type: Argon2Type.Argon2id };
    export default {
      fetch: async () => {
        argon2 ??= new Argon2(new WebAssembly.Instance(module));
        return new Response(argon2.hash('correct horse battery staple', cost).encoded);
      },
    };`,
};

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Bundles `source` as a deployment would be and writes the workerd configuration that serves it on loopback. */
function build(folder: string, name: string, source: string): string {
  const home = join(folder, name);
  const out = join(home, 'out');
  mkdirSync(home);
  writeFileSync(join(home, 'entry.js'), source);
  writeFileSync(
    join(home, 'wrangler.toml'),
    [
      `name = "${name}"`,
      'main = "entry.js"',
      `compatibility_date = "${COMPATIBILITY_DATE}"`,
      'send_metrics = false',
    ].join('\n'),
  );
  const wrangler = join(ROOT, 'node_modules/.bin/wrangler');
  execFileSync(wrangler, ['deploy', '--dry-run', '--config', join(home, 'wrangler.toml'), '--outdir', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const modules = readdirSync(out)
    .filter((file) => file.endsWith('.js') || file.endsWith('.wasm'))
    .sort((a, b) => Number(b === 'entry.js') - Number(a === 'entry.js')) // the first module is the entry point
    .map((file) => `(name = "${file}", ${file.endsWith('.js') ? 'esModule' : 'wasm'} = embed "out/${file}")`);
  const config = join(home, 'config.capnp');
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  compatibilityDate = "${COMPATIBILITY_DATE}",
);
`,
  );
  return config;
}

/** Starts workerd on a port of its own choice, which it reports on file descriptor 3. */
async function serve(config: string): Promise<Server> {
  const child = spawn(WORKERD, ['serve', config, '--control-fd=3'], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  process.once('exit', () => child.kill());
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`workerd ended with ${code} before it listened on ${basename(config)}`);
  });
  const listening = once(createInterface({ input: child.stdio[3] as Readable }), 'line');
  const [line] = (await Promise.race([listening, gone])) as [string];
  gone.catch(() => undefined); // from here on stop() ends it
  const { port } = JSON.parse(line) as { port: number };
  return { url: `http://127.0.0.1:${port}`, child };
}

async function stop({ child }: Server): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function call(server: Server, path: string): Promise<string> {
  const response = await fetch(server.url + path);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return text;
}

/** Milliseconds that `count` calls took together, `atOnce` of them in flight. */
async function time(server: Server, path: string, count: number, atOnce: number): Promise<number> {
  const start = performance.now();
  let left = count;
  const caller = async () => {
    while (left-- > 0) await call(server, path);
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return performance.now() - start;
}

/** A line of /proc/<pid>/status in KiB: VmRSS is the memory held now, VmHWM the most it ever was. */
function memory({ child }: Server, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}

const ms = (value: number) => value.toFixed(1);
const mib = (kib: number) => `${(kib / MIB).toFixed(0)} MiB`;

async function compare(tollgate: Server, yardstick: Server): Promise<void> {
  const servers = { tollgate, yardstick };
  const names = ['tollgate', 'yardstick'] as const;
  const started = { tollgate: memory(tollgate, 'VmRSS'), yardstick: memory(yardstick, 'VmRSS') };
  const rows: Record<string, string>[] = [];

  for (const name of names) {
    const encoded = await call(servers[name], '/hash');
    if (!encoded.startsWith('$argon2id$v=19$m=19456,t=2,p=1$'))
      throw new Error(`${name} answered ${encoded}`);
  }
  for (const atOnce of [1, AT_ONCE]) {
    const before = { tollgate: memory(tollgate, 'VmRSS'), yardstick: memory(yardstick, 'VmRSS') };
    const spent = { tollgate: 0, yardstick: 0 };
    for (let turn = 0; turn < TURNS; turn++) {
      for (const name of names) spent[name] += await time(servers[name], '/hash', HASHES / TURNS, atOnce);
    }
    for (const name of names) {
      rows.push({
        hasher: name,
        'at once': String(atOnce),
        'ms per hash': ms(spent[name] / HASHES),
        'times yardstick': (spent[name] / spent.yardstick).toFixed(2),
        'RSS idle': mib(started[name]),
        'RSS before': mib(before[name]),
        'RSS peak': mib(memory(servers[name], 'VmHWM')),
        'RSS after': mib(memory(servers[name], 'VmRSS')),
      });
    }
  }
  console.table(rows);
}

async function compareAnswers(tollgate: Server): Promise<void> {
  const spent = { '/nothing': 0, '/verify': 0, '/verify-nothing': 0 };
  const paths = Object.keys(spent) as (keyof typeof spent)[];
  const order = [...paths];
  for (let turn = 0; turn < HASHES; turn++) {
    for (const path of order) spent[path] += await time(tollgate, path, 1, 1);
    order.reverse(); // nobody always goes first
  }
  console.table(
    paths.map((path) => ({
      call: path.slice(1),
      'ms per call': ms(spent[path] / HASHES),
      'times a wrong password': (spent[path] / spent['/verify']).toFixed(2),
    })),
  );
}

// Inside node_modules, where the entries find their packages and no file watcher or formatter looks.
const cache = join(ROOT, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'bench-argon2-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const servers: Server[] = [];
try {
  for (const [name, source] of Object.entries(SOURCES))
    servers.push(await serve(build(folder, name, source)));
  const [tollgate, yardstick] = servers;
  if (tollgate === undefined || yardstick === undefined)
    throw new Error('unreachable: two sources, two servers');
  console.log(`${HASHES} hashes a row, workerd on loopback; "yardstick" is @phi-ag/argon2`);
  await compare(tollgate, yardstick);
  await compareAnswers(tollgate);
} finally {
  await Promise.all(servers.map(stop));
}
