import { neon } from '@neondatabase/serverless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newAdmin, type SignedIn } from '../support/accounts.ts';
import { runSql } from '../support/reporting.ts';
import { useService } from '../support/service.ts';

const service = useService();
const as = (user: string) => {
  const url = new URL(service.databaseUrl);
  url.username = user;
  return url.href;
};
// Of the cluster, which other files use at the same time.
const login = `ai_${crypto.randomUUID().replaceAll('-', '')}`;
const loginUrl = as(login);
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
  // As docs/reporting.md says.
  await service.sql(`CREATE ROLE ${login} LOGIN PASSWORD 'secret' CONNECTION LIMIT 3`);
  await service.sql(`GRANT tollgate_asker TO ${login}`);
  const [database] = await service.sql('SELECT current_database() AS name');
  await service.sql(`REVOKE TEMPORARY ON DATABASE "${database?.name}" FROM PUBLIC`);
  await service.sql(`ALTER ROLE ${login} SET default_transaction_read_only = on`);
  await service.sql(`ALTER ROLE ${login} SET statement_timeout = '6s'`);
});
afterAll(async () => {
  await service.sql(`DROP ROLE ${login}`);
});

const ask = async (sql: string, overrides: Record<string, unknown> = { AI_DATABASE_URL: loginUrl }) => {
  const json = { sql, mode: 'preview' };
  const response = await service.fetch('/admin/sql', { method: 'POST', json, token: admin.token }, overrides);
  return { status: response.status, ...(await response.json<{ rows: unknown[][]; detail: string }>()) };
};

describe('a login of its own for queries (AI_DATABASE_URL)', () => {
  it('runs them as the reader, like the service itself', async () => {
    const mine = await ask(`SELECT current_user, count(*) FROM users WHERE email = '${admin.email}'`);
    expect(mine).toMatchObject({ status: 200, rows: [['tollgate_reader', 1]] });
    const { rows } = await runSql(service, admin, 'SELECT current_user');
    expect(rows).toEqual([['tollgate_reader']]);
  });

  it('is asked, and nobody else', async () => {
    const nobody = as('nobody_at_all');
    expect((await ask('SELECT 1', { AI_DATABASE_URL: nobody })).status).toBeGreaterThanOrEqual(500);
  });

  it.each([
    'SELECT * FROM public.users',
    `SELECT 1 LIMIT length(set_config('role', 'none', false))`,
    `SELECT 1 LIMIT length(set_config('role', '${login}', false))`,
  ])('is denied what the service is denied: %s', async (sql) => {
    expect((await ask(sql)).status).toBe(422);
  });

  it('can do nothing else with its connection', async () => {
    const sql = neon(loginUrl);
    for (const text of [
      'SELECT * FROM users',
      'SELECT * FROM reporting.users',
      'SELECT * FROM admin_audit_logs',
      'CREATE TABLE reporting.mine (id int)',
      'CREATE TABLE public.mine (id int)',
      'GRANT tollgate_reader TO CURRENT_USER',
      `ALTER FUNCTION reporting.run RENAME TO walk`,
      'CREATE TEMPORARY TABLE mine (id int)',
      'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
    ]) {
      // What it is set to is a default, which it can set otherwise.
      await expect(sql.transaction([sql`SET TRANSACTION READ WRITE`, sql.query(text)]), text).rejects.toThrow(
        /permission denied|must be (owner|superuser)|must have admin/,
      );
    }
  });

  it('has its queries looked at also where it asks past the service', async () => {
    const sql = neon(loginUrl);
    const run = async (text: string) =>
      (await sql`SELECT reporting.run(${text}, 'json', 10, 10000, 60000, 1e300) AS answer`)[0]?.answer;
    expect(await run('SELECT current_user AS me')).toMatchObject({
      rows: [['tollgate_reader']],
      error: null,
    });
    for (const text of ['SELECT pg_temp.f()', `SELECT 1 LIMIT length(pg_advisory_xact_lock(1)::text)`]) {
      expect(await run(text)).toMatchObject({ rows: [], error: { sqlstate: 'TGNOT', stage: 'plan' } });
    }
    expect(await run('SELECT * FROM public.users')).toMatchObject({
      error: { sqlstate: '42501', stage: 'plan' },
    });
    expect(await run('SELECT 1 / count(*) FROM users WHERE false')).toMatchObject({
      error: { sqlstate: '22012', stage: 'run' },
    });
  });

  it('runs nothing when its database is away, though the audit row was written', async () => {
    const elsewhere = loginUrl.replace(/t_\w+$/, 'not_there');
    expect(await ask('SELECT 1', { AI_DATABASE_URL: elsewhere })).toMatchObject({
      status: 503,
      code: 'database_unavailable',
    });
  });
});
