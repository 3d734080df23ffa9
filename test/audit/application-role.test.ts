import { neon } from '@neondatabase/serverless';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { mailedToken, newIdentity } from '../support/accounts.ts';
import { useService } from '../support/service.ts';
import { useShop } from '../support/shop.ts';

describe('the role that the service has in the database', () => {
  const service = useService();
  const run = (text: string) => neon(service.databaseUrl).query(text);

  it.each([
    'CREATE TABLE mine ()',
    'ALTER TABLE users ADD COLUMN mine text',
    'DROP TABLE users',
    'TRUNCATE users',
    'CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
    'ALTER TABLE admin_audit_logs DISABLE TRIGGER admin_audit_logs_keep_rows',
    'DROP FUNCTION delete_expired_audit_logs(interval, integer)',
    'SELECT * FROM drizzle.__drizzle_migrations',
    'CREATE ROLE mine',
  ])('may not: %s', async (text) => {
    await expect(run(text)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('may use a table that a later migration makes, and its sequence', async () => {
    await service.sql('CREATE TABLE later (id serial, name text)');
    await run(`INSERT INTO later (name) VALUES ('a')`);
    await run(`UPDATE later SET name = 'b'`);
    expect(await run('DELETE FROM later RETURNING id, name')).toEqual([{ id: 1, name: 'b' }]);
  });

  it('is nobody who could log in', async () => {
    const rows = await service.sql(
      `SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'tollgate_app'`,
    );
    expect(rows.map(Object.values)).toEqual([[false, false, false, false, false]]);
  });

  it('reads and writes every table but the log, which it reads and adds to', async () => {
    const rows = await service.sql(
      `SELECT relname AS name, string_agg(privilege, ' ' ORDER BY privilege) AS granted
       FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
       WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege('tollgate_app', oid, privilege)
       GROUP BY relname`,
    );
    expect(rows.length).toBeGreaterThan(20);
    for (const { name, granted } of rows) {
      expect([name, granted]).toEqual([
        name,
        name === 'admin_audit_logs' ? 'INSERT SELECT' : 'DELETE INSERT SELECT UPDATE',
      ]);
    }
  });
});

/** A login of its own server, made as docs/deployment.md says; the embedded database has one session and no logins. */
describe.runIf(inject('realPostgres'))('a login in that role', () => {
  const login = `tollgate_login_${crypto.randomUUID().replaceAll('-', '')}`;
  const { sql } = useService();
  beforeAll(async () => {
    await sql(`CREATE ROLE ${login} LOGIN PASSWORD 'a long one' IN ROLE tollgate_app`);
  });
  afterAll(async () => {
    await sql(`DROP ROLE ${login}`);
  });
  const shop = useShop({}, login);

  it('is enough to sign up, verify, log in, buy, and run the cron', async () => {
    const { service } = shop;
    const identity = newIdentity();
    expect((await service.post('/register', identity)).status).toBe(201);
    const link = await mailedToken(service, identity.email);
    expect((await service.fetch(`/verify?token=${link}`)).status).toBe(200);
    const response = await service.post('/login', identity);
    const { token } = await response.json<{ token: string }>();
    const { status, body } = await shop.subscribe(token);
    expect(status).toBe(201);
    await shop.stripe.completeSession(body.session_id ?? '');
    await shop.tell();
    const overview = await service.fetch('/billing/overview', { token });
    expect(await overview.json()).toMatchObject({
      subscription: { status: 'active', plan: { code: 'pro' } },
      payments: [{ status: 'succeeded' }],
    });
    await service.runCron('every sweep');
    const rows = await service.sql(
      `SELECT action FROM admin_audit_logs AS log JOIN users ON users.id = log.user_id
       WHERE users.email = $1 ORDER BY log.created_at, log.id`,
      [identity.email],
    );
    expect(rows.map((row) => row.action)).toEqual(['auth.registered', 'auth.verified', 'auth.login']);
  });
});
