// What administrators read at 1,000 and at 100,000 users, on a server of PostgreSQL (TEST_POSTGRES_URL).
// How to read what it prints: bench/README.md.
import { sql } from 'drizzle-orm';
import { connect } from '../dev/database/connect.ts';
import { startTestDatabases } from '../dev/database/test-databases.ts';
import { foldTallies } from '../src/admin/fold-tallies.ts';
import { listAllPayments, listAllSubscriptions } from '../src/admin/list-billing.ts';
import { listUsers, type UserFilter } from '../src/admin/list-users.ts';
import type { AdminDeps } from '../src/admin/ports.ts';
import { readDashboard } from '../src/admin/read-dashboard.ts';
import { readUser } from '../src/admin/read-user.ts';
import { createKeyedHash } from '../src/auth/keyed-hash.ts';
import type { Caller } from '../src/auth/ports.ts';
import { openDb } from '../src/db/client.ts';
import { newId, type SessionId, type UserId } from '../src/ids.ts';
import type { Settings } from '../src/settings.ts';
import { METRICS } from '../src/usage/metrics.ts';
import { readStanding } from '../src/usage/store.ts';

const SIZES = { few: 1_000, many: 100_000 } as const;
const ROUNDS = 60;
const WARM_UP = 10;
/** Rows of one statement that fills a table. */
const PORTION = 10_000;
const MOST_TIMES = 3;

type World = { readonly deps: AdminDeps; readonly caller: Caller; readonly someone: UserId };

const PAGE = { limit: 10, offset: 0 };
const users = (filter: Partial<UserFilter>) => (world: World) =>
  listUsers(world.deps, world.caller, { sort: '-created_at', ...filter }, PAGE);

const READS: Readonly<Record<string, (world: World) => Promise<unknown>>> = {
  statistics: ({ deps, caller }) => readDashboard(deps, caller),
  'list of users': users({}),
  'by address': users({ sort: 'email' }),
  'page 50': ({ deps, caller }) =>
    listUsers(deps, caller, { sort: '-created_at' }, { limit: 10, offset: 490 }),
  'not verified': users({ isVerified: false }),
  administrators: users({ isAdmin: true }),
  'on the plan pro': users({ planCode: 'pro' }),
  'search: one': users({ q: 'customer-777@' }),
  'search: some': users({ q: 'mer-77' }),
  'search: all': users({ q: 'acme' }),
  'search: none': users({ q: 'nobody is called so' }),
  'search: two letters': users({ q: 'cu' }),
  'one user': ({ deps, caller, someone }) => readUser(deps, caller, someone),
  payments: ({ deps, caller }) => listAllPayments(deps, caller, {}, PAGE),
  'failed payments': ({ deps, caller }) => listAllPayments(deps, caller, { status: 'failed' }, PAGE),
  subscriptions: ({ deps, caller }) => listAllSubscriptions(deps, caller, {}, PAGE),
  'past due': ({ deps, caller }) => listAllSubscriptions(deps, caller, { status: 'past_due' }, PAGE),
};

const postgresUrl = process.env.TEST_POSTGRES_URL;
if (!postgresUrl) {
  console.error(
    'Set TEST_POSTGRES_URL to the address of a server of PostgreSQL; the embedded one says nothing here.',
  );
  process.exit(1);
}
const databases = await startTestDatabases({ postgresUrl });
try {
  const few = await populate('bench_few', SIZES.few);
  const many = await populate('bench_many', SIZES.many);
  console.log(
    `${'median, ms'.padEnd(22)}${'1,000'.padStart(9)}${'100,000'.padStart(9)}${'times'.padStart(8)}`,
  );
  let slower = 0;
  for (const [name, read] of Object.entries(READS)) {
    const times = await compare(
      () => read(few),
      () => read(many),
    );
    const ratio = times.many / times.few;
    if (ratio > MOST_TIMES) slower += 1;
    console.log(
      `${name.padEnd(22)}${times.few.toFixed(1).padStart(9)}${times.many.toFixed(1).padStart(9)}${ratio.toFixed(2).padStart(8)}`,
    );
  }
  if (slower > 0) {
    console.error(`${slower} took more than ${MOST_TIMES} times as long.`);
    process.exitCode = 1;
  }
} finally {
  await fetch(`${databases.url}/db/bench_few`, { method: 'DELETE' });
  await fetch(`${databases.url}/db/bench_many`, { method: 'DELETE' });
  await databases.close();
}

/** Turn by turn, so that a busy moment hits both. Medians, in milliseconds. */
async function compare(few: () => Promise<unknown>, many: () => Promise<unknown>) {
  const taken = { few: [] as number[], many: [] as number[] };
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [side, read] of [
      ['few', few],
      ['many', many],
    ] as const) {
      const start = performance.now();
      await read();
      if (round >= 0) taken[side].push(performance.now() - start);
    }
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  return { few: median(taken.few), many: median(taken.many) };
}

/** Users over two months, each with a payment and every third with a subscription; an administrator who reads them. */
async function populate(name: string, size: number): Promise<World> {
  await fetch(`${databases.url}/db/${name}`, { method: 'PUT' });
  const url = databases.connectionString(name);
  const run = connect(url);
  for (let from = 0; from < size; from += PORTION) {
    const to = Math.min(from + PORTION, size);
    await run.query(
      `INSERT INTO users (email, username, is_verified, is_active, is_admin, created_at)
       SELECT 'customer-' || n || '@acme.test', 'customer-' || n, n % 20 <> 0, n % 100 <> 0, n <= 3,
              now() - interval '60 days' * (n::float8 / $3)
       FROM generate_series($1::int + 1, $2::int) n`,
      [from, to, size],
    );
    await run.query(
      `INSERT INTO payments (user_id, provider_invoice_id, amount_cents, currency, status, created_at)
       SELECT id, 'in_' || username, 1900, 'USD', CASE WHEN is_active THEN 'succeeded' ELSE 'failed' END, created_at
       FROM users WHERE split_part(username, '-', 2)::int BETWEEN $1::int + 1 AND $2`,
      [from, to],
    );
    await run.query(
      `INSERT INTO subscriptions (user_id, plan_id, status, provider_subscription_id, started_at, created_at,
                                  current_period_start, current_period_end, cancel_at_period_end)
       SELECT users.id, plans.id, CASE WHEN n % 30 = 0 THEN 'past_due' ELSE 'active' END, 'sub_' || n, users.created_at,
              users.created_at, now(), now() + interval '1 hour' * (n % 720), n % 21 = 0
       FROM users, plans, LATERAL (SELECT split_part(username, '-', 2)::int AS n) AS numbered
       WHERE plans.code = 'pro' AND n BETWEEN $1::int + 1 AND $2 AND n % 3 = 0`,
      [from, to],
    );
  }
  const db = openDb(url, 'for each call');
  while ((await foldTallies({ db })).folded > 0);
  await run.query('VACUUM ANALYZE');
  const sessionId = newId<SessionId>();
  const [admin, someone] = await run.query(
    'SELECT id FROM users WHERE is_verified ORDER BY is_admin DESC, created_at LIMIT 2',
  );
  if (!admin || !someone) throw new Error('nobody was written');
  await run.query(
    `INSERT INTO sessions (id, user_id, expires_at) VALUES ($1, $2, now() + interval '1 day')`,
    [sessionId, admin.id],
  );
  const settings = { BILLING_GRACE_PERIOD: 259_200 } as Settings;
  return {
    caller: { claims: { userId: admin.id, sessionId } },
    someone: someone.id,
    deps: {
      db,
      settings,
      validationHash: createKeyedHash('of a bench alone'),
      mailConfigured: false,
      announceMail: () => {},
      announceBilling: () => {},
      accountDeactivated: [],
      mayUseKeys: () => sql`true`,
      readUsage: (userId) => readStanding(userId, { metrics: METRICS, settings }),
    },
  };
}
