import { beforeAll, describe, expect, it } from 'vitest';
import { newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { auditOf, runSql } from '../support/reporting.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});

/** Makes an export, and answers where it is. */
async function newExport(sql: string, by = admin): Promise<string> {
  const { export: made } = await runSql(service, by, sql, 'csv');
  return new URL(made.url).pathname;
}

const fetchExport = (path: string, { token } = admin) => service.fetch(path, { token });

describe('an export', () => {
  it('is made by mode csv, which says how many rows it has', async () => {
    const made = await runSql(service, admin, 'SELECT n FROM generate_series(1, 3) AS n', 'csv');
    expect(made).toEqual({
      status: 200,
      mode: 'csv',
      row_count: 3,
      truncated: false,
      export: {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
        url: `http://tollgate.test/admin/exports/${made.export.id}`,
        expires_at: expect.any(String),
      },
    });
    const minutes = (Date.parse(made.export.expires_at) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(55);
    expect(minutes).toBeLessThan(65);
  });

  it('is CSV by RFC 4180, with the names of the columns first', async () => {
    const path = await newExport(
      `SELECT 1 AS a, 'x,y' AS "b,c", E'line\\r\\nbreak' AS d, 'say "hi"' AS e, NULL AS f, '' AS g, true AS h,
              '2026-11-20T12:00:00Z'::timestamptz AS i, 'é 😀' AS j, 12345678901234567890 AS k`,
    );
    const response = await fetchExport(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('Content-Disposition')).toMatch(
      /^attachment; filename="export-[\w-]+\.csv"$/,
    );
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.text()).toBe(
      'a,"b,c",d,e,f,g,h,i,j,k\r\n' +
        '1,"x,y","line\r\nbreak","say ""hi""",,"",true,2026-11-20T12:00:00+00:00,é 😀,12345678901234567890\r\n',
    );
  });

  it('has no cell that a spreadsheet would take for a formula', async () => {
    const cells = ['=1+1', '+1', '-1', '@SUM(1)', '\tx', '\rx', '=HYPERLINK("http://x","y")'];
    const list = cells.map((cell) => `($$${cell}$$)`).join(',');
    const path = await newExport(`SELECT cell AS "=name" FROM (VALUES ${list}) AS v (cell)`);
    expect(await (await fetchExport(path)).text()).toBe(
      [
        "'=name",
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(1)",
        "'\tx",
        '"\'\rx"',
        '"\'=HYPERLINK(""http://x"",""y"")"',
        '',
      ].join('\r\n'),
    );
  });

  it('has a line for each row also where a null is all that is in it', async () => {
    const path = await newExport(`SELECT a FROM (VALUES (NULL), (''), ('x')) AS v (a)`);
    expect(await (await fetchExport(path)).text()).toBe('a\r\n""\r\n""\r\nx\r\n');
  });

  it('has its head where there are no rows', async () => {
    const path = await newExport('SELECT id, email FROM users WHERE false');
    expect(await (await fetchExport(path)).text()).toBe('id,email\r\n');
  });

  it('ends at 10,000 rows, and says so when it is made', async () => {
    const sql = 'SELECT n FROM generate_series(1, 10001) AS n';
    const made = await runSql(service, admin, sql, 'csv');
    expect(made).toMatchObject({ row_count: 10_000, truncated: true });
    const lines = (await (await fetchExport(`/admin/exports/${made.export.id}`)).text()).split('\r\n');
    expect(lines).toHaveLength(10_002);
    expect(lines[10_000]).toBe('10000');
  });

  it('ends at 5 MB', async () => {
    const sql = `SELECT repeat('x', 1000000) FROM generate_series(1, 6)`;
    const made = await runSql(service, admin, sql, 'csv');
    expect(made).toMatchObject({ row_count: 4, truncated: true });
    const text = await (await fetchExport(`/admin/exports/${made.export.id}`)).text();
    expect(text.length).toBeLessThan(5_000_000);
  });

  it('is of what there is when it is fetched', async () => {
    const path = await newExport(`SELECT count(*) FROM plans WHERE name = 'Renamed'`);
    expect(await (await fetchExport(path)).text()).toBe('count\r\n0\r\n');
    await service.sql(`UPDATE plans SET name = 'Renamed' WHERE code = 'pro'`);
    expect(await (await fetchExport(path)).text()).toBe('count\r\n1\r\n');
    await service.sql(`UPDATE plans SET name = 'Pro' WHERE code = 'pro'`);
  });

  it('is for nobody but the administrator who made it, while they are one', async () => {
    const maker = await newAdmin(service);
    const path = await newExport('SELECT 1', maker);
    expect((await fetchExport(path, maker)).status).toBe(200);
    const other = await fetchExport(path);
    expect([other.status, (await other.json<{ code: string }>()).code]).toEqual([404, 'export_not_found']);
    expect((await fetchExport(path, await newSession(service))).status).toBe(403);
    expect((await service.fetch(path)).status).toBe(401);
    const { key } = await newKey(service, maker, ['admin:read']);
    expect((await service.fetch(path, withKey(key))).status).toBe(401);
    await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [maker.id]);
    expect((await fetchExport(path, maker)).status).toBe(403);
    expect((await auditOf(service, maker)).filter(({ action }) => action === 'export.fetch')).toHaveLength(1);
  });

  it.each(['', crypto.randomUUID(), 'nope', '..%2Fusers'])('is 404 where there is none: %j', async (id) => {
    expect((await fetchExport(`/admin/exports/${id}`)).status).toBe(404);
  });

  it('can be fetched for an hour, and is swept after it', async () => {
    const path = await newExport('SELECT 1');
    await service.sql('UPDATE admin_exports SET expires_at = now() WHERE id = $1', [path.split('/').at(-1)]);
    expect((await fetchExport(path)).status).toBe(404);
    const standing = await newExport('SELECT 2');
    await service.runCron('17 * * * *');
    expect((await fetchExport(standing)).status).toBe(200);
    const left = await service.sql('SELECT 1 FROM admin_exports WHERE expires_at <= now()');
    expect(left).toEqual([]);
  });

  it('is in the audit log when it is made and each time it is fetched, in three and two round trips', async () => {
    const maker = await newAdmin(service);
    let path = '';
    expect(
      await service.roundTrips(async () => {
        path = await newExport('SELECT 1', maker);
      }),
    ).toBe(3);
    expect(await service.roundTrips(() => fetchExport(path, maker))).toBe(2);
    const id = path.split('/').at(-1);
    expect(await auditOf(service, maker)).toMatchObject([
      { action: 'sql.run', after: { sql: 'SELECT 1', mode: 'csv' } },
      { action: 'export.create', target_type: 'export', target_id: id, after: { sql: 'SELECT 1' } },
      { action: 'export.fetch', target_type: 'export', target_id: id },
    ]);
  });

  it('can be looked for by HEAD, which runs nothing and is no fetch', async () => {
    const maker = await newAdmin(service);
    const path = await newExport('SELECT 1', maker);
    const head = (token?: string, at = path) =>
      service.fetch(at, { method: 'HEAD', ...(token && { token }) });
    let found = new Response();
    const trips = await service.roundTrips(async () => {
      found = await head(maker.token);
    });
    expect(trips).toBe(1);
    expect([found.status, await found.text()]).toEqual([200, '']);
    expect(found.headers.get('Content-Type')).toBe('text/csv; charset=utf-8');
    expect((await head(admin.token)).status).toBe(404);
    expect((await head(maker.token, `/admin/exports/${crypto.randomUUID()}`)).status).toBe(404);
    expect((await head(maker.token, '/admin/exports/nope')).status).toBe(404);
    expect((await head((await newSession(service)).token)).status).toBe(403);
    expect((await head()).status).toBe(401);
    await service.sql('UPDATE admin_exports SET expires_at = now() WHERE admin_id = $1', [maker.id]);
    expect((await head(maker.token)).status).toBe(404);
    expect((await auditOf(service, maker)).map(({ action }) => action)).toEqual(['sql.run', 'export.create']);
  });

  it('is not answered where its fetch could not be written down', async () => {
    const path = await newExport('SELECT 1');
    await service.sql(
      "ALTER TABLE admin_audit_logs ADD CONSTRAINT no_more CHECK (action <> 'export.fetch') NOT VALID",
    );
    const refused = await fetchExport(path);
    await service.sql('ALTER TABLE admin_audit_logs DROP CONSTRAINT no_more');
    expect(refused.status).toBe(500);
  });

  it('is a problem, and no half of a file, where the query fails by then', async () => {
    const path = await newExport(`SELECT 1 / (SELECT count(*) FROM plans WHERE code = 'pro')`);
    await service.sql(`UPDATE plans SET code = 'pro-x' WHERE code = 'pro'`);
    const refused = await fetchExport(path);
    await service.sql(`UPDATE plans SET code = 'pro' WHERE code = 'pro-x'`);
    expect(refused.status).toBe(422);
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json');
    expect(await refused.json()).toMatchObject({ code: 'sql_refused', detail: 'Division by zero.' });
  });
});
