// `npm test`: vitest, on embedded databases or on the PostgreSQL of TEST_POSTGRES_URL. Arguments are vitest's.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildScript } from './assets.ts';
import { PROJECT_ROOT } from './project.ts';

await buildScript(); // wrangler.toml names the folder, and the tests read wrangler.toml
const vitest = join(PROJECT_ROOT, 'node_modules/vitest/vitest.mjs');
const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: PROJECT_ROOT,
  stdio: 'inherit',
  env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
