import { beforeAll, describe, expect, inject, it } from 'vitest';
import { newAdmin, type SignedIn } from '../support/accounts.ts';
import { runSql } from '../support/reporting.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});

/** A way around what is asked of the plan: LIMIT is not told of there. The role is what holds. */
const unseen = (call: string) => `SELECT 1 LIMIT length(coalesce((${call})::text, 'x'))`;

/** Ways to what the views do not show, or to do something; and by what PostgreSQL refuses them. */
const DENIED: readonly [what: string, sql: string, reason: RegExp][] = [
  ['a table', 'SELECT password_hash FROM public.users', /permission denied for table users/i],
  ['a table that no view is about', 'SELECT * FROM public.refresh_tokens', /permission denied for table/i],
  ['the audit log', 'SELECT * FROM public.admin_audit_logs', /permission denied/i],
  [
    'what the migrator keeps',
    'SELECT * FROM drizzle.__drizzle_migrations',
    /permission denied for schema drizzle/i,
  ],
  ['a column that the view leaves out', 'SELECT password_hash FROM users', /does not exist/i],
  ['a whole-row reference', 'SELECT u FROM public.users AS u', /permission denied for table users/i],
  ['a row as JSON', 'SELECT to_jsonb(u) FROM public.users AS u', /permission denied for table users/i],
  [
    'renamed columns',
    'SELECT x FROM public.users AS u (a, b, c, d, e, x)',
    /permission denied for table users/i,
  ],
  [
    'an escaped identifier',
    String.raw`SELECT U&"pass\0077ord_hash" FROM U&"public".U&"\0075sers"`,
    /permission denied for table users/i,
  ],
  ['TABLE', 'TABLE public.users', /permission denied for table users/i],
  [
    'a subquery',
    'SELECT (SELECT string_agg(password_hash, $$,$$) FROM public.users)',
    /permission denied for table users/i,
  ],
  [
    'a CTE',
    'WITH x AS (SELECT * FROM public.api_keys) SELECT * FROM x',
    /permission denied for table api_keys/i,
  ],
  ['a comment', 'SELECT/**/*/**/FROM/**/public.users', /permission denied for table users/i],
  [
    'SQL in a string',
    `SELECT query_to_xml('SELECT * FROM public.users', true, true, '')`,
    /query_to_xml is not for queries/i,
  ],
  [
    'the same unseen',
    unseen(`query_to_xml('SELECT * FROM public.users', true, true, '')`),
    /permission denied for table users/i,
  ],
  [
    'a table in a string',
    unseen(`table_to_xml('public.users', true, true, '')`),
    /permission denied for table users/i,
  ],
  [
    'SQL in another string',
    unseen(`ts_rewrite('a'::tsquery, 'SELECT password_hash::tsquery, NULL::tsquery FROM public.users')`),
    /permission denied for table users/i,
  ],
  ['the passwords of roles', 'SELECT * FROM pg_authid', /permission denied/i],
  ['the same by their view', 'SELECT * FROM pg_shadow', /permission denied/i],
  ['samples of columns', 'SELECT stavalues1 FROM pg_statistic', /permission denied/i],
  ['large objects', 'SELECT * FROM pg_largeobject', /permission denied/i],
  [
    'files of the server',
    `SELECT pg_read_file('/etc/passwd')`,
    /permission denied for function pg_read_file/i,
  ],
  ['folders of the server', `SELECT pg_ls_dir('.')`, /permission denied for function pg_ls_dir/i],
  ['two statements', 'SELECT 1; SELECT 2', /cannot open multi-query plan as cursor/i],
  [
    'a statement behind another',
    'SELECT 1; DELETE FROM public.users',
    /cannot open multi-query plan as cursor/i,
  ],
  ['COPY', 'COPY public.users TO STDOUT', /syntax error/i],
  ['COPY in parentheses', '(COPY public.users TO STDOUT)', /syntax error/i],
  ['SET ROLE', 'SET ROLE postgres', /syntax error/i],
  ['RESET ROLE', 'RESET ROLE', /syntax error/i],
  ['DO', 'DO $$ BEGIN END $$', /syntax error/i],
  ['EXPLAIN ANALYZE', 'EXPLAIN ANALYZE DELETE FROM public.users', /syntax error/i],
  ['SHOW', 'SHOW ALL', /syntax error/i],
  ['COMMIT', 'COMMIT', /syntax error/i],
  ['a cursor of its own', 'DECLARE c CURSOR FOR SELECT 1', /cannot open DECLARE CURSOR/i],
  ['SELECT INTO', 'SELECT * INTO stolen FROM users', /./i],
  ['CREATE TABLE AS', 'CREATE TABLE stolen AS SELECT * FROM users', /./i],
  ['INSERT', `INSERT INTO reporting.plans (code) VALUES ('x') RETURNING code`, /permission denied/i],
  ['UPDATE', 'UPDATE users SET is_admin = true RETURNING 1', /permission denied/i],
  [
    'DELETE in a CTE',
    'WITH gone AS (DELETE FROM public.users RETURNING *) SELECT * FROM gone',
    /permission denied/i,
  ],
  ['a lock on rows', 'SELECT * FROM users FOR UPDATE', /permission denied/i],
  ['the role', `SELECT set_config('role', 'postgres', false)`, /set_config is not for queries/i],
  [
    'the role, unseen',
    unseen(`set_config('role', 'postgres', false)`),
    /cannot set parameter "role" within security-definer function/i,
  ],
  [
    'no role, unseen',
    unseen(`set_config('role', 'none', false)`),
    /cannot set parameter "role" within security-definer function/i,
  ],
  [
    'the user, unseen',
    unseen(`set_config('session_authorization', 'postgres', false)`),
    /cannot set parameter "session_authorization" within/i,
  ],
  ['writing, unseen', unseen(`set_config('transaction_read_only', 'off', false)`), /read-only transaction/i],
  ['a large object', 'SELECT lo_create(0)', /lo_create is not for queries/i],
  [
    'a query by a query',
    `SELECT reporting.run('SELECT 1', 'json', 1, 1000, 1000, 1000)`,
    /permission denied for function run/i,
  ],
  ['another session', 'SELECT pg_terminate_backend(1)', /pg_terminate_backend is not for queries/i],
  ['sleeping', 'SELECT pg_sleep(60)', /pg_sleep/i],
  ['sleeping under another name', String.raw`SELECT "pg_catalog".U&"pg\005Fsleep"(60)`, /pg_sleep/i],
  ['sleeping for a row each', 'SELECT * FROM users, LATERAL (SELECT pg_sleep(60)) AS x', /pg_sleep/i],
  [
    'recursion',
    'WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r',
    /Recursive queries are not run/i,
  ],
];

describe('POST /admin/sql denies', () => {
  it.each(DENIED)('%s', async (_, sql, reason) => {
    const refused = await runSql(service, admin, sql);
    expect(refused).toMatchObject({ status: 422, code: 'sql_refused' });
    expect(refused.detail).toMatch(reason);
  });

  it.each(['count', 'csv'] as const)('the same in mode %s', async (mode) => {
    for (const sql of [
      'SELECT * FROM public.users',
      'SELECT 1; SELECT 2',
      unseen(`set_config('role', 'postgres', false)`),
    ]) {
      expect(await runSql(service, admin, sql, mode)).toMatchObject({ status: 422, code: 'sql_refused' });
    }
  });

  it('too much work', async () => {
    const sql = 'SELECT count(*) FROM pg_class a, pg_class b, pg_class c, pg_class d, pg_class e';
    expect(await runSql(service, admin, sql)).toMatchObject({ status: 422, code: 'sql_too_large' });
  });

  it('a row that is larger than an answer may be', async () => {
    // As it is, and as JSON escapes it.
    for (const big of [`repeat('x', 5000001)`, 'repeat(chr(1), 1000000)']) {
      const refused = await runSql(service, admin, `SELECT ${big}`);
      expect(refused).toMatchObject({ status: 422, code: 'sql_too_large' });
    }
  });

  // Which has no time limit: nobody may make it wait.
  it.skipIf(inject('realPostgres'))('waiting that nothing saw coming, on the embedded database', async () => {
    expect(await runSql(service, admin, unseen('pg_sleep(60)'))).toMatchObject({
      status: 422,
      code: 'sql_refused',
      detail: 'Permission denied for function pg_sleep.',
    });
  });

  it.runIf(inject('realPostgres'))('waiting that nothing saw coming, in time', async () => {
    const began = Date.now();
    const sql = unseen('pg_sleep(60)');
    expect(await runSql(service, admin, sql)).toMatchObject({ status: 422, code: 'sql_timeout' });
    expect(Date.now() - began).toBeLessThan(8_000);
  });
});

describe('a query leaves nothing behind', () => {
  it.each([
    ['a setting', unseen(`set_config('search_path', 'nowhere', false)`)],
    ['a time limit', unseen(`set_config('statement_timeout', '1', false)`)],
    ['a lock of the session', unseen('pg_advisory_lock(4711)')],
    [
      'a lock of the session, after a failure',
      `SELECT 1 / length(coalesce((pg_try_advisory_lock(4712))::text, '')) - 5`,
    ],
  ])('%s', async (_, sql) => {
    const state = async () => {
      // Every connection that a pool may hand out.
      const looks = Array.from({ length: inject('realPostgres') ? 10 : 1 }, () =>
        service.sql(
          `SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, current_user AS role,
                  (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid BETWEEN 4711 AND 4712) AS locks`,
        ),
      );
      return (await Promise.all(looks)).flat();
    };
    const before = await state();
    await runSql(service, admin, sql);
    expect(await state()).toEqual(before);
  });
});

describe('the role that queries run as', () => {
  const reader = `'tollgate_reader'`;

  it('can read the views, and no other table, view or sequence', async () => {
    const readable = await service.sql(
      `SELECT n.nspname || '.' || c.relname AS name, has_table_privilege(${reader}, c.oid, 'SELECT') AS reads,
              has_table_privilege(${reader}, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
              OR has_any_column_privilege(${reader}, c.oid, 'INSERT, UPDATE, REFERENCES') AS writes
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
         AND (has_any_column_privilege(${reader}, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
              OR has_table_privilege(${reader}, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
       ORDER BY 1`,
    );
    expect(readable).toEqual(
      ['payments', 'plans', 'subscriptions', 'usage', 'users'].map((name) => ({
        name: `reporting.${name}`,
        reads: true,
        writes: false,
      })),
    );
    const sequences = await service.sql(
      `SELECT relname FROM pg_class
       WHERE CASE WHEN relkind = 'S' THEN has_sequence_privilege(${reader}, oid, 'USAGE, SELECT, UPDATE') END`,
    );
    expect(sequences).toEqual([]);
  });

  it('may make nothing in any schema, and be nobody else', async () => {
    const schemas = await service.sql(
      `SELECT nspname AS name FROM pg_namespace WHERE has_schema_privilege(${reader}, oid, 'CREATE')
       AND nspname NOT LIKE 'pg_temp%' AND nspname NOT LIKE 'pg_toast_temp%'`,
    );
    expect(schemas).toEqual([]);
    const [role] = await service.sql(
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
              (SELECT count(*)::int FROM pg_auth_members WHERE member = pg_roles.oid) AS member_of
       FROM pg_roles WHERE rolname = ${reader}`,
    );
    expect(Object.values(role ?? {}).every((value) => value === false || value === 0)).toBe(true);
  });

  it('may call no function that acts with the rights of another', async () => {
    const functions = await service.sql(
      `SELECT p.proname FROM pg_proc AS p WHERE p.prosecdef AND has_function_privilege(${reader}, p.oid, 'EXECUTE')`,
    );
    expect(functions).toEqual([]);
  });

  it('sees no secret in the views', async () => {
    const columns = await service.sql(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'reporting'`,
    );
    expect(columns.length).toBeGreaterThan(50);
    expect(
      columns.filter(({ name }) => /hash|token|secret|key|password|jti|payload|ip$|agent/.test(name)),
    ).toEqual([]);
  });
});
