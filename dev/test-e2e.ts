// `npm run test:e2e`: what only a browser can tell, against all of `npm run dev`. Arguments are vitest's.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findBrowser } from './browser.ts';
import { PROJECT_ROOT, runCommand } from './project.ts';

await runCommand(async () => {
  const CHROMIUM_PATH = findBrowser(process.env);
  const vitest = join(PROJECT_ROOT, 'node_modules/vitest/vitest.mjs');
  const options = ['run', '--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [vitest, ...options], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    env: { ...process.env, CHROMIUM_PATH },
  });
  process.exitCode = status ?? 1;
});
