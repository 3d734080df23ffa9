import { type SQL, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { paymentsBy, subscriptionsBy } from '../../src/admin/billing-store.ts';
import { daily, endingToday, standing, totals } from '../../src/admin/dashboard-store.ts';
import { type UserFilter, usersBy } from '../../src/admin/list-users.ts';
import { mailsBy } from '../../src/admin/mails.ts';
import { auditLogsBy } from '../../src/admin/read-audit-logs.ts';
import { writeSql } from '../../src/db/postgres.ts';
import type { UserId } from '../../src/ids.ts';
import { useService } from '../support/service.ts';

type Plan = {
  'Node Type': string;
  'Relation Name'?: string;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Actual Loops'?: number;
  Plans?: Plan[];
};

const service = useService();
const ROWS = 5_000;
const PAGE = { limit: 10, offset: 0 };
let someone: UserId;

// The embedded database gathers no statistics worth planning by.
describe.skipIf(!inject('realPostgres'))('what administrators read, planned by the database', () => {
  beforeAll(async () => {
    await service.sql(
      `INSERT INTO users (email, username, is_verified, is_active, created_at)
       SELECT left(md5(n::text), 12) || '@acme.test', 'name-' || n, n % 50 <> 0, n % 70 <> 0,
              now() - make_interval(mins => n) FROM generate_series(1, ${ROWS}) n`,
    );
    await service.sql(
      `UPDATE users SET is_admin = true WHERE id IN (SELECT id FROM users ORDER BY email LIMIT 3)`,
    );
    await service.sql(
      `INSERT INTO subscriptions (user_id, plan_id, status, provider_subscription_id, current_period_end, created_at)
       SELECT users.id, plans.id, CASE WHEN random() < 0.02 THEN 'past_due' ELSE 'active' END, users.id::text,
              now() + make_interval(hours => (random() * 720)::int), users.created_at
       FROM users JOIN plans ON plans.code = CASE WHEN users.is_verified THEN 'pro' ELSE 'enterprise' END`,
    );
    await service.sql(
      `INSERT INTO payments (user_id, provider_invoice_id, amount_cents, currency, status, created_at)
       SELECT id, id::text, 1900, 'USD', CASE WHEN is_active THEN 'succeeded' ELSE 'failed' END, created_at FROM users`,
    );
    await service.sql(
      `INSERT INTO outbox (kind, recipient, payload, dedupe_key, status, next_attempt_at, created_at)
       SELECT 'verify_email', email, '{}', id::text, 'sent', now(), created_at FROM users`,
    );
    await service.sql(
      `INSERT INTO admin_audit_logs (action, target_type, target_id, user_id, created_at)
       SELECT 'auth.login', CASE WHEN id::text < '8' THEN 'session' ELSE 'user' END, id::text, id, created_at FROM users`,
    );
    await service.runCron();
    await service.sql('ANALYZE');
    const [row] = await service.sql('SELECT id FROM users LIMIT 1');
    someone = row?.id;
  });

  /** The tables that are read from end to end. */
  async function scanned(one: { sql: SQL }): Promise<string[]> {
    return (await nodes('', one)).flatMap((node) =>
      node['Node Type'].includes('Seq Scan') && node['Relation Name'] ? [node['Relation Name']] : [],
    );
  }
  /** How many rows are read for nothing, by whatever index. */
  async function removed(one: { sql: SQL }): Promise<number> {
    return (await nodes('ANALYZE,', one)).reduce(
      (sum, node) =>
        sum +
        ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
          (node['Actual Loops'] ?? 1),
      0,
    );
  }
  async function nodes(options: 'ANALYZE,' | '', one: { sql: SQL }): Promise<Plan[]> {
    const { text, params } = writeSql(one.sql);
    const [row] = await service.sql(`EXPLAIN (${options} FORMAT JSON) ${text}`, params);
    const walk = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(walk)];
    return walk(row?.['QUERY PLAN'][0].Plan);
  }
  const large = async (statement: { sql: SQL }) =>
    (await scanned(statement)).filter((table) => ['users', 'payments', 'subscriptions'].includes(table));

  it('would be seen to read all', async () => {
    expect(await large({ sql: sql`SELECT count(*) FROM users WHERE password_hash = 'x'` })).toEqual([
      'users',
    ]);
  });

  it.each([
    ['totals', totals],
    ['days', daily],
    ['what ends today', endingToday],
    ['what waits', standing],
  ])('reads no large table for the dashboard: %s', async (_name, of) => {
    expect(await large(of())).toEqual([]);
  });

  it.each<[string, Omit<UserFilter, 'sort'> & { sort?: UserFilter['sort'] }]>([
    ['all', {}],
    ['by address', { sort: 'email' }],
    ['administrators', { isAdmin: true }],
    ['inactive', { isActive: false }],
    ['unverified', { isVerified: false }],
    ['a part of an address', { q: 'dd2c79' }],
    ['nobody', { q: 'zzzzzz' }],
    ['a beginning', { q: 'zz' }],
    ['an id', { q: crypto.randomUUID() }],
    [
      'a minute',
      { createdFrom: new Date(Date.now() - 3_600_000), createdTo: new Date(Date.now() - 3_540_000) },
    ],
  ])('finds users without reading all: %s', async (_name, filter) => {
    const { matches, order, count } = usersBy({ sort: '-created_at', ...filter }, service.deps().settings);
    expect(
      await large({ sql: sql`SELECT * FROM users WHERE ${matches} ORDER BY ${order} LIMIT 11` }),
    ).toEqual([]);
    expect(await large(count)).toEqual([]);
  });

  it('would be seen to read for nothing', async () => {
    const order = sql`ORDER BY created_at DESC, id DESC LIMIT 11`;
    expect(await removed({ sql: sql`SELECT id FROM users WHERE password_hash = 'x' ${order}` })).toBe(ROWS);
  });

  const LISTS: Record<string, () => { rows: { sql: SQL }; count: { sql: SQL } }> = {
    'users of a provider': () => usersOf({ provider: 'github' }),
    'users of another': () => usersOf({ provider: 'local' }),
    administrators: () => usersOf({ isAdmin: true }),
    'inactive users': () => usersOf({ isActive: false }),
    'unverified users': () => usersOf({ isVerified: false }),
    'payments in a currency': () => paymentsBy({ currency: 'EUR' }, PAGE),
    'subscriptions of a provider': () =>
      subscriptionsBy({ provider: 'manual' }, PAGE, service.deps().settings),
    'acts on a kind of thing': () => auditLogsBy({ targetType: 'plan' }, PAGE),
    'acts on users': () => auditLogsBy({ targetType: 'user' }, PAGE),
    'mails of a kind': () => mailsBy({ kind: 'reset_password' }, PAGE),
    'dead mails': () => mailsBy({ status: 'dead' }, PAGE),
  };
  function usersOf(filter: Omit<UserFilter, 'sort'>) {
    const { matches, order, count } = usersBy({ sort: '-created_at', ...filter }, service.deps().settings);
    return { rows: { sql: sql`SELECT * FROM users WHERE ${matches} ORDER BY ${order} LIMIT 11` }, count };
  }

  it.each(Object.entries(LISTS))('reads hardly a row for nothing: %s', async (_what, list) => {
    const { rows, count } = list();
    expect(await removed(rows)).toBeLessThan(ROWS / 4);
    expect(await removed(count)).toBeLessThan(ROWS / 4);
  });

  it('finds payments and subscriptions without reading all', async () => {
    const { settings } = service.deps();
    const lists = [
      paymentsBy({}, PAGE),
      paymentsBy({ status: 'failed' }, PAGE),
      paymentsBy({ status: 'pending' }, PAGE),
      paymentsBy({ userId: someone }, PAGE),
      subscriptionsBy({}, PAGE, settings),
      subscriptionsBy({ status: 'past_due' }, PAGE, settings),
      subscriptionsBy({ planCode: 'enterprise' }, PAGE, settings),
      subscriptionsBy({ userId: someone }, PAGE, settings),
    ];
    for (const { rows, count } of lists) {
      expect(await large(rows)).toEqual([]);
      expect(await large(count)).toEqual([]);
    }
  });
});
