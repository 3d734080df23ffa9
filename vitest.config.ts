import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/**
 * What the kind of database has no part in: failures of what lies outside, and our own tools. On a server of PostgreSQL it
 * would only run a second time.
 */
const ON_ANY_DATABASE = [
  'test/adapters/**',
  'test/auth/oauth-provider.test.ts',
  'test/billing/{checkout-faults,plans-outage}.test.ts',
  'test/db/patience.test.ts',
  'test/rpc/refusals.test.ts',
  'test/node/{pack,sibling-worker}.test.ts',
  'test/node/dev/{runner,mailbox}.test.ts',
  'test/node/dev/stripe/**',
];
const notHere = process.env.TEST_POSTGRES_URL ? ON_ANY_DATABASE : [];

export default defineConfig({
  test: {
    globalSetup: ['./test/support/global-setup.ts'],
    maxWorkers: 2,
    silent: 'passed-only',
    coverage: {
      provider: 'istanbul',
      include: ['src/**/*.ts'],
      exclude: ['src/env.d.ts', 'src/**/tables.ts'],
    },
    projects: [
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              // Settings come from test/support/service.ts; a developer's own .dev.vars has no say here.
              bindings: { APP_ENV: 'test' },
            },
          }),
        ],
        test: {
          name: 'worker',
          // Each file has a database of its own, and what modules keep are keys and compiled code: loading the whole
          // Worker anew for each would take longer than the tests.
          isolate: false,
          setupFiles: ['./test/support/reset.ts'],
          deps: { optimizer: { ssr: { enabled: true, include: ['stripe'] } } },
          include: ['test/**/*.test.ts'],
          exclude: ['test/node/**', 'test/e2e/**', 'test/**/*.node.test.ts', ...notHere],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.test.ts', 'test/**/*.node.test.ts'],
          exclude: notHere,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
