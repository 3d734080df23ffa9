import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../../dev/database/connect.ts';
import type { DatabaseEndpoint } from '../../../dev/database/endpoint.ts';
import { migrate } from '../../../dev/database/migrator.ts';
import { startTestDatabases } from '../../../dev/database/test-databases.ts';
import { MIGRATIONS_FOLDER } from '../../../dev/project.ts';

/** As on Neon, whose owner of a database may make roles but is no superuser. A cluster of its own, because roles are the cluster's. */
describe('the migrations, by an owner who is no superuser', () => {
  let databases: DatabaseEndpoint;
  let url: string;

  beforeAll(async () => {
    databases = await startTestDatabases({ migrationsFolder: null });
    await fetch(`${databases.url}/db/m_owner`, { method: 'PUT' });
    url = databases.connectionString('m_owner');
    const superuser = connect(url);
    await superuser.query('CREATE ROLE keeper CREATEROLE');
    await superuser.query('ALTER SCHEMA public OWNER TO keeper');
    const [row] = await superuser.query('SELECT current_database() AS name');
    await superuser.query(`GRANT CREATE ON DATABASE "${row?.name}" TO keeper`);
  });
  afterAll(() => databases.close());

  test('make the role that queries run as, and may have one run', async () => {
    const keeper = connect(url.replace('tollgate:tollgate', 'keeper:x'));
    expect((await migrate(keeper, MIGRATIONS_FOLDER)).length).toBeGreaterThan(10);
    const run = (sql: string) =>
      keeper.query(`SELECT reporting.run($1, 'json', 10, 1000, 1000, 1e6) AS answer`, [sql]);
    expect(await run('SELECT current_user, count(*) FROM plans')).toMatchObject([
      { answer: { rows: [['tollgate_reader', 3]], error: null } },
    ]);
    expect(await run('SELECT * FROM public.plans')).toMatchObject([
      { answer: { error: { sqlstate: '42501' } } },
    ]);
    const [rights] = await keeper.query(
      `SELECT has_schema_privilege('tollgate_reader', 'reporting', 'CREATE') AS makes,
              has_function_privilege('tollgate_reader', 'reporting.run(text,text,int,int,int,float8)', 'EXECUTE') AS runs,
              pg_get_userbyid(proowner) AS owner FROM pg_proc WHERE proname = 'run' AND pronamespace = 'reporting'::regnamespace`,
    );
    expect(rights).toEqual({ makes: false, runs: false, owner: 'tollgate_reader' });
  });
});
