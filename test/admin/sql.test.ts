import { beforeAll, describe, expect, it } from 'vitest';
import { newAccount, newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { putPayment, putSubscription } from '../support/put-subscription.ts';
import { auditOf, runSql } from '../support/reporting.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});

describe('POST /admin/sql', () => {
  it('answers rows by columns, in their order, with a name that stands there twice', async () => {
    expect(await runSql(service, admin, "SELECT 1 AS a, 'x' AS b, 2 AS a, NULL AS n")).toEqual({
      status: 200,
      mode: 'preview',
      columns: ['a', 'b', 'a', 'n'],
      rows: [[1, 'x', 2, null]],
      row_count: 1,
      truncated: false,
    });
  });

  it('keeps the digits of what a double can not hold', async () => {
    const { rows } = await runSql(service, admin, 'SELECT 9007199254740993 AS a, 0.1::numeric(40,30) AS b');
    expect(rows).toEqual([['9007199254740993', '0.100000000000000000000000000000']]);
  });

  it('keeps them within JSON, arrays and rows, which then come as text', async () => {
    const { rows } = await runSql(
      service,
      admin,
      `SELECT '{"a":9007199254740993}'::jsonb AS a, ARRAY[9007199254740993] AS b, row(0.1::numeric(40,20)) AS c,
              '[{"n":1.5},"9007199254740993"]'::jsonb AS d, '{"a\\"1234567890123456":-1}'::json AS e, '[]'::json AS f`,
    );
    expect(rows).toEqual([
      [
        '{"a": 9007199254740993}',
        '[9007199254740993]',
        '{"f1":0.10000000000000000000}',
        [{ n: 1.5 }, '9007199254740993'],
        { 'a"1234567890123456': -1 },
        [],
      ],
    ]);
  });

  it('refuses what has no columns, but counts it', async () => {
    for (const sql of ['SELECT', 'SELECT FROM plans', 'SELECT FROM users WHERE false']) {
      for (const mode of ['preview', 'csv'] as const) {
        expect(await runSql(service, admin, sql, mode)).toMatchObject({
          status: 422,
          code: 'sql_refused',
          detail: 'A query without columns has no answer.',
        });
      }
    }
    expect(await runSql(service, admin, 'SELECT FROM plans', 'count')).toMatchObject({ row_count: 3 });
  });

  it('names the columns of an answer without rows', async () => {
    const empty = await runSql(service, admin, 'SELECT id, email AS e FROM users WHERE false; ');
    expect(empty).toMatchObject({ columns: ['id', 'e'], rows: [], row_count: 0, truncated: false });
    expect(await runSql(service, admin, 'SELECT 1 AS a WHERE false -- nothing')).toMatchObject({
      columns: ['a'],
    });
    expect(await runSql(service, admin, 'SELECT 1 AS a WHERE false; -- nothing')).toMatchObject({
      columns: [],
    });
  });

  it('shows the first fifty rows, and counts all of them', async () => {
    const sql = 'SELECT n FROM generate_series(1, 12345) AS n';
    const preview = await runSql(service, admin, sql);
    expect(preview).toMatchObject({ row_count: 50, truncated: true });
    expect(preview.rows).toHaveLength(50);
    expect(await runSql(service, admin, sql, 'count')).toEqual({
      status: 200,
      mode: 'count',
      row_count: 12_345,
    });
    expect(await runSql(service, admin, `${sql} LIMIT 50`)).toMatchObject({
      row_count: 50,
      truncated: false,
    });
  });

  it('tells what the views have: a user with the plan, the subscription, the payment', async () => {
    const user = await newAccount(service);
    await putSubscription(service, user.id, { code: 'pro' });
    const invoice = await putPayment(service, user.id, { cents: 1_900 });
    const { rows } = await runSql(
      service,
      admin,
      `SELECT u.username, u.plan_code, s.plan_name, s.has_access, p.amount_cents, p.provider_invoice_id
       FROM users u JOIN subscriptions s ON s.user_id = u.id JOIN payments p ON p.user_email = u.email
       WHERE u.email = '${user.email}'`,
    );
    expect(rows).toEqual([[user.username, 'pro', 'Pro', true, 1_900, invoice]]);
  });

  it.each([
    ['active', {}],
    ['trialing', { status: 'trialing' }],
    ['run out, maybe renewing', { periodEnd: '-1 hour' }],
    ['run out', { periodEnd: '-2 days' }],
    ['cancelled and run out', { periodEnd: '-1 hour', cancelAtPeriodEnd: true }],
    ['granted and run out', { provider: 'manual', periodEnd: '-1 hour' }],
    ['granted without an end', { provider: 'manual', periodEnd: null }],
    ['past due for a day', { status: 'past_due', pastDueFor: '1 day' }],
    ['past due for too long', { status: 'past_due', pastDueFor: '8 days' }],
    ['disputed', { suspended: true }],
    ['cancelled', { status: 'canceled' }],
    ['of no plan', { code: null }],
  ])('judges access as the service does: %s', async (_, row) => {
    const user = await newSession(service);
    await putSubscription(service, user.id, row);
    const entitled = await service.fetch('/billing/entitlements', { token: user.token });
    const { tier } = await entitled.json<{ tier: string }>();
    const { rows } = await runSql(
      service,
      admin,
      `SELECT s.has_access, u.plan_code FROM subscriptions s JOIN users u ON u.id = s.user_id WHERE u.id = '${user.id}'`,
    );
    expect(rows).toEqual([[tier === 'pro', tier]]);
  });

  it('knows the grace period that is configured', async () => {
    const user = await newAccount(service);
    await putSubscription(service, user.id, { status: 'past_due', pastDueFor: '1 day' });
    const json = { sql: `SELECT plan_code FROM users WHERE id = '${user.id}'`, mode: 'preview' };
    const init = { method: 'POST', json, token: admin.token };
    const strict = await service.fetch('/admin/sql', init, { BILLING_GRACE_PERIOD: '3600' });
    expect(await strict.json()).toMatchObject({ rows: [['free']] });
    expect(await (await service.fetch('/admin/sql', init)).json()).toMatchObject({ rows: [['pro']] });
  });

  it.each([
    ['SELECT (', 'Syntax error at end of input.'],
    ['SELECT nope FROM users', 'Column "nope" does not exist.'],
    ['SELECT * FROM nothing', 'Relation "nothing" does not exist.'],
    ['SELECT 1 / 0', 'Division by zero.'],
    ['SELECT nosuch.f()', 'Schema "nosuch" does not exist.'],
    [
      'SELECT (-1)::information_schema.cardinal_number',
      'Value for domain information_schema.cardinal_number violates check constraint "cardinal_number_domain_check".',
    ],
    ['SELECT lastval()', 'Lastval is not yet defined in this session.'],
    ['SELECT pg_describe_object(1, 1, 1)', 'The database does not run this query.'],
    [';', 'Syntax error at or near ";".'],
  ])('says what PostgreSQL has against %s', async (sql, detail) => {
    expect(await runSql(service, admin, sql)).toMatchObject({ status: 422, code: 'sql_refused', detail });
  });

  it.each([
    [{ sql: '', mode: 'preview' }, 'sql'],
    [{ sql: ' \n', mode: 'preview' }, 'sql'],
    [{ sql: `SELECT 1 ${' '.repeat(10_000)}`, mode: 'preview' }, 'sql'],
    [{ sql: 'SELECT 1', mode: 'all' }, 'mode'],
    [{ sql: 'SELECT 1' }, 'mode'],
  ])('refuses a request that is none: %j', async (json, field) => {
    const response = await service.post('/admin/sql', json, { token: admin.token });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'validation_failed',
      errors: { [field]: expect.any(String) },
    });
  });

  it('is for administrators, and runs nothing for anybody else', async () => {
    const user = await newSession(service);
    expect(await runSql(service, user, 'SELECT 1')).toMatchObject({ status: 403, code: 'admin_required' });
    expect(await auditOf(service, user)).toEqual([]);
    expect((await service.post('/admin/sql', { sql: 'SELECT 1', mode: 'preview' })).status).toBe(401);
    const { key } = await newKey(service, admin, ['admin:read']);
    const byKey = await service.post('/admin/sql', { sql: 'SELECT 1', mode: 'preview' }, withKey(key));
    expect(byKey.status).toBe(401);
  });

  it('writes down what is about to be run, also what is refused then, in two round trips', async () => {
    const other = await newAdmin(service);
    expect(await service.roundTrips(() => runSql(service, other, 'SELECT 1'))).toBe(2);
    await runSql(service, other, 'SELECT * FROM public.users', 'count');
    expect(await auditOf(service, other)).toMatchObject([
      { action: 'sql.run', after: { sql: 'SELECT 1', mode: 'preview' } },
      { action: 'sql.run', after: { sql: 'SELECT * FROM public.users', mode: 'count' } },
    ]);
  });

  it('runs nothing that could not be written down', async () => {
    await service.sql(
      "ALTER TABLE admin_audit_logs ADD CONSTRAINT no_more CHECK (action <> 'sql.run') NOT VALID",
    );
    try {
      const trips = await service.roundTrips(async () => {
        expect((await runSql(service, admin, 'SELECT 1')).status).toBe(500);
      });
      expect(trips).toBe(1);
    } finally {
      await service.sql('ALTER TABLE admin_audit_logs DROP CONSTRAINT no_more');
    }
  });

  it('is 503 while the database is away', async () => {
    const refused = await service.withoutDatabase(() => runSql(service, admin, 'SELECT 1'));
    expect(refused).toMatchObject({ status: 503, code: 'database_unavailable' });
  });
});

describe('GET /admin/sql/schema', () => {
  it('describes the views, for administrators and their keys', async () => {
    const { key } = await newKey(service, admin, ['admin:read']);
    for (const init of [{ token: admin.token }, withKey(key)]) {
      const response = await service.fetch('/admin/sql/schema', init);
      const { views } = await response.json<{ views: { name: string; columns: object[] }[] }>();
      expect(views.map(({ name }) => name)).toEqual(['payments', 'plans', 'subscriptions', 'usage', 'users']);
      expect(views.every((view) => 'description' in view && view.columns.length > 4)).toBe(true);
      expect(views.find(({ name }) => name === 'payments')?.columns).toContainEqual({
        name: 'amount_cents',
        type: 'integer',
        description: 'Minor units of the currency: 1900 is 19.00.',
      });
    }
    const user = await newSession(service);
    expect((await service.fetch('/admin/sql/schema', { token: user.token })).status).toBe(403);
    const { key: other } = await newKey(service, admin, ['profile:read']);
    expect((await service.fetch('/admin/sql/schema', withKey(other))).status).toBe(403);
  });
});
