import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newAdmin, type SignedIn } from '../support/accounts.ts';
import { runSql } from '../support/reporting.ts';
import { useService } from '../support/service.ts';

const service = useService();
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});

/** Where the plan does not tell what is called. */
const inLimit = (call: string) => `SELECT 1 LIMIT length(coalesce((${call})::text, 'x'))`;

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
    /escapes such as U& are not for queries/i,
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
  ['a large object', 'SELECT lo_create(0)', /lo_create is not for queries/i],
  [
    'a query by a query',
    `SELECT reporting.run('SELECT 1', 'json', 1, 1000, 1000, 1000)`,
    /permission denied for function run/i,
  ],
  ['another session', 'SELECT pg_terminate_backend(1)', /pg_terminate_backend is not for queries/i],
  ['sleeping', 'SELECT pg_sleep(60)', /pg_sleep/i],
  ['sleeping under another name', String.raw`SELECT "pg_catalog".U&"pg\005Fsleep"(60)`, /U&/],
  ['sleeping for a row each', 'SELECT * FROM users, LATERAL (SELECT pg_sleep(60)) AS x', /pg_sleep/i],
  [
    'recursion',
    'WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM r) SELECT count(*) FROM r',
    /Recursive queries are not run/i,
  ],
];

/** What is refused by its name, wherever that stands: some of it could not be ended, not even by a time limit. */
const NAMED: readonly [what: string, sql: string, word: string][] = [
  [
    'XPath',
    `SELECT xpath('count(//a[count(//a) > 0])', ('<r>' || repeat('<a/>', 99) || '</r>')::xml)`,
    'xpath',
  ],
  ['XPath in capitals and quotes', `SELECT XPATH_EXISTS('//a', "a") FROM users`, 'xpath_exists'],
  ['a text as XML', `SELECT '<r/>'::xml`, 'xml'],
  ['the same, quoted', `SELECT '<r/>'::pg_catalog."xml"`, 'xml'],
  ['texts as XML', `SELECT '{<r/>}'::_xml`, '_xml'],
  [
    'XML by the names of types in a text',
    `SELECT pg_input_is_valid('<r/>', 'x' || 'ml')`,
    'pg_input_is_valid',
  ],
  ['XML by the numbers of types', `SELECT array_in('{<r/>}', 142, -1)`, 'array_in'],
  ['parsing XML', `SELECT xmlparse(DOCUMENT '<r/>')`, 'xmlparse'],
  ['looking at XML', `SELECT xml_is_well_formed('<r/>')`, 'xml_is_well_formed'],
  ['XML as a table', `SELECT * FROM xmltable('/r' PASSING NULL COLUMNS a text)`, 'xmltable'],
  ['a table as XML', inLimit(`table_to_xml('users', true, true, '')`), 'table_to_xml'],
  ['a query in a text', inLimit(`query_to_xml('SELECT 1', true, true, '')`), 'query_to_xml'],
  ['another', inLimit(`ts_stat('SELECT NULL::tsvector')`), 'ts_stat'],
  ['a setting', inLimit(`set_config('statement_timeout', '0', false)`), 'set_config'],
  [
    'writing to the log',
    inLimit(`pg_logical_emit_message(false, 'x', repeat('y', 9000000))`),
    'pg_logical_emit_message',
  ],
  ['a lock of the service', inLimit('pg_advisory_xact_lock(4711001)'), 'pg_advisory_xact_lock'],
  ['a lock that waits for nobody', inLimit('pg_try_advisory_lock(4711001)'), 'pg_try_advisory_lock'],
  ['sleeping', inLimit('pg_sleep(60)'), 'pg_sleep'],
  ['sleeping by a quoted name', inLimit('"pg_catalog"."pg_sleep"(60)'), 'pg_sleep'],
  ['a large object', inLimit('lo_create(0)'), 'lo_create'],
  ['another server', `SELECT * FROM dblink('', 'SELECT 1') AS x (a int)`, 'dblink'],
  ['what a session made for itself', 'SELECT pg_temp.f()', 'pg_temp'],
  ['a word in a literal', `SELECT * FROM users WHERE username = 'xml'`, 'xml'],
];

/** Something to do without the look at the text: the role, and the end of the transaction, are what holds. */
const HELD: readonly [what: string, sql: string, reason: RegExp][] = [
  [
    'an escaped identifier',
    String.raw`SELECT U&"pass\0077ord_hash" FROM U&"public".U&"\0075sers"`,
    /permission denied for table users/i,
  ],
  [
    'the same unseen',
    inLimit(`query_to_xml('SELECT * FROM public.users', true, true, '')`),
    /permission denied for table users/i,
  ],
  [
    'a table in a string',
    inLimit(`table_to_xml('public.users', true, true, '')`),
    /permission denied for table users/i,
  ],
  [
    'SQL in another string',
    inLimit(`ts_rewrite('a'::tsquery, 'SELECT password_hash::tsquery, NULL::tsquery FROM public.users')`),
    /permission denied for table users/i,
  ],
  [
    'the role, unseen',
    inLimit(`set_config('role', 'postgres', false)`),
    /cannot set parameter "role" within security-definer function/i,
  ],
  [
    'no role, unseen',
    inLimit(`set_config('role', 'none', false)`),
    /cannot set parameter "role" within security-definer function/i,
  ],
  [
    'the user, unseen',
    inLimit(`set_config('session_authorization', 'postgres', false)`),
    /cannot set parameter "session_authorization" within/i,
  ],
  ['writing, unseen', inLimit(`set_config('transaction_read_only', 'off', false)`), /read-only transaction/i],
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
      inLimit(`set_config('role', 'postgres', false)`),
    ]) {
      expect(await runSql(service, admin, sql, mode)).toMatchObject({ status: 422, code: 'sql_refused' });
    }
  });

  it.each(NAMED)('by its name %s', async (_, sql, word) => {
    for (const mode of ['preview', 'count'] as const) {
      expect(await runSql(service, admin, sql, mode)).toMatchObject({
        status: 422,
        code: 'sql_refused',
        detail: `The word ${word} is not for queries here, not even within quotes.`,
      });
    }
  });

  it.each([String.raw`SELECT u&"\0075sername" FROM users`, String.raw`SELECT U&'\0061'`])(
    'escapes in a name or a text: %s',
    async (sql) => {
      const { detail } = await runSql(service, admin, sql);
      expect(detail).toBe('Escapes such as U& are not for queries here, not even within quotes.');
    },
  );

  it.each(['SELECT 1 AS loving, 2 AS lo, 3 AS xm, 4 AS "pg sleep"', `SELECT 'u & i', 'dbl ink', 'example'`])(
    'no word that only looks like one: %s',
    async (sql) => {
      expect(await runSql(service, admin, sql)).toMatchObject({ status: 200 });
    },
  );

  it.runIf(inject('realPostgres'))('filling the log of the server', async () => {
    const written = async () =>
      Number((await service.sql(`SELECT pg_current_wal_insert_lsn() - '0/0' AS n`))[0]?.n);
    const before = await written();
    await runSql(service, admin, inLimit(`pg_logical_emit_message(false, 'x', repeat('y', 100000000))`));
    expect((await written()) - before).toBeLessThan(50_000_000);
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
});

describe('without its look at the text', () => {
  let whole = '';
  beforeAll(async () => {
    const [row] = await service.sql(`SELECT pg_get_functiondef('reporting.run'::regproc) AS text`);
    whole = String(row?.text);
    const wordless = whole.replace(/(refused_words CONSTANT text := )[^;]*;/, "$1'x^';");
    const blind = wordless.replace(`'u&["'']'`, "'x^'");
    expect(new Set([whole, wordless, blind]).size).toBe(3);
    await service.sql(blind);
  });
  afterAll(async () => {
    await service.sql(whole);
  });

  it.each(HELD)('the role still denies %s', async (_, sql, reason) => {
    const refused = await runSql(service, admin, sql);
    expect(refused).toMatchObject({ status: 422, code: 'sql_refused' });
    expect(refused.detail).toMatch(reason);
  });

  // Which has no time limit: nobody may make it wait.
  it.skipIf(inject('realPostgres')).each([
    ['pg_sleep', 'pg_sleep(60)'],
    ['xpath', `xpath('//a', '<a/>')`],
    ['xpath_exists', `xpath_exists('//a', '<a/>')`],
    ['xmlexists', `xmlexists('//a' PASSING '<a/>')`],
  ])('%s still waits for nobody on the embedded database', async (name, call) => {
    expect(await runSql(service, admin, inLimit(call))).toMatchObject({
      status: 422,
      code: 'sql_refused',
      detail: `Permission denied for function ${name}.`,
    });
  });

  it.runIf(inject('realPostgres'))('waiting that nothing saw coming ends in time', async () => {
    const began = Date.now();
    const sql = inLimit('pg_sleep(60)');
    expect(await runSql(service, admin, sql)).toMatchObject({ status: 422, code: 'sql_timeout' });
    expect(Date.now() - began).toBeLessThan(8_000);
  });

  describe('a query still leaves nothing behind', () => {
    it.each([
      ['a setting', inLimit(`set_config('search_path', 'nowhere', false)`)],
      ['a time limit', inLimit(`set_config('statement_timeout', '1', false)`)],
      ['a lock of the session', inLimit('pg_advisory_lock(4711)')],
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
