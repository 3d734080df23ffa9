import { describe, expect, inject, test } from 'vitest';
import { connect } from '../../../dev/database/connect.ts';
import { useDatabase } from './test-database.ts';

describe("Neon's SQL over HTTP", () => {
  const { sql, url, route } = useDatabase();

  test('carries values of every kind both ways', async () => {
    const at = new Date('2026-02-03T04:05:06.789Z');
    const [row] = await sql`select ${1}::int as n, ${true}::bool as yes, ${null}::text as nothing,
      ${JSON.stringify({ a: ['ü'] })}::jsonb as json, ${at}::timestamptz as at, ${['a', 'b']}::text[] as list`;
    expect(row).toEqual({ n: 1, yes: true, nothing: null, json: { a: ['ü'] }, at, list: ['a', 'b'] });
  });

  test('answers command, row count and fields beside the rows', async () => {
    const result = await sql.query('select 1::int as one', [], { fullResults: true });
    expect(result).toMatchObject({
      command: 'SELECT',
      rowCount: 1,
      fields: [{ name: 'one', dataTypeID: 23 }],
    });
  });

  test('runs a batch as one transaction', async () => {
    await sql`create table batch (value int constraint batch_value_once unique)`;
    await sql.transaction([sql`insert into batch values (1)`, sql`insert into batch values (2)`]);
    const failing = sql.transaction([sql`insert into batch values (3)`, sql`insert into batch values (1)`]);
    await expect(failing).rejects.toMatchObject({
      code: '23505',
      constraint: 'batch_value_once',
      detail: 'Key (value)=(1) already exists.',
    });
    expect(await sql`select value from batch order by value`).toEqual([{ value: 1 }, { value: 2 }]);
  });

  test('opens a batch in the isolation and access mode it asks for', async () => {
    const [rows] = await sql.transaction(
      [
        sql`select current_setting('transaction_isolation') as level, current_setting('transaction_read_only') as ro`,
      ],
      { isolationLevel: 'RepeatableRead', readOnly: true },
    );
    expect(rows).toEqual([{ level: 'repeatable read', ro: 'on' }]);
  });

  test('names the column a constraint is about', async () => {
    await expect(sql`insert into users (email) values (null)`).rejects.toMatchObject({
      code: '23502',
      table: 'users',
      column: 'email',
    });
  });

  test('refuses two statements in one string', async () => {
    await expect(sql.query('select 1; select 2')).rejects.toMatchObject({ code: '42601' });
  });

  test('does not hand on a transaction somebody left open', async () => {
    await sql`begin`;
    await sql`create table left_open (value int)`;
    await sql`rollback`;
    expect(await sql`select to_regclass('left_open')::text as name`).toEqual([{ name: 'left_open' }]);
  });

  test("runs with the rights of the connection string's role", async () => {
    const role = `reader_${crypto.randomUUID().slice(0, 8)}`;
    await sql.query(`create role ${role}`);
    try {
      await sql.query(`grant select on plans to ${role}`);
      const reader = connect(url.replace('tollgate:', `${role}:`));
      expect(await reader`select current_user::text as name`).toEqual([{ name: role }]);
      await expect(reader`delete from plans`).rejects.toMatchObject({ code: '42501' });
      expect(await sql`select current_user::text as name`).not.toEqual([{ name: role }]);
    } finally {
      await sql.query(`drop owned by ${role}`);
      await sql.query(`drop role ${role}`);
    }
  });

  test('counts requests, not statements', async () => {
    const before = (await route('GET', '/requests')) as { count: number };
    await sql.transaction([sql`select 1`, sql`select 2`]);
    await sql`select 3`;
    expect(await route('GET', '/requests')).toEqual({ count: before.count + 2 });
  });

  test('answers an outage without an SQLSTATE, and is back after it', async () => {
    await route('PUT', '/outage');
    const error = await sql`select 1`.catch((caught: unknown) => caught);
    expect(String(error)).toContain('HTTP status 500');
    expect((error as { code?: string }).code).toBeUndefined();
    await route('DELETE', '/outage');
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  });

  test('says that a database does not exist', async () => {
    await expect(connect(`${url}_not`)`select 1`).rejects.toMatchObject({ code: '3D000' });
  });

  test('keeps web pages out', async () => {
    const endpoint = inject('databaseEndpoint');
    const response = await fetch(`${endpoint}/sql`, {
      method: 'POST',
      headers: { origin: 'https://a.test' },
    });
    expect(response.status).toBe(403);
  });
});

describe('two databases of one endpoint', () => {
  const [one, other] = [useDatabase(), useDatabase()];

  test('share nothing', async () => {
    await one.sql`create table mine (value int)`;
    await expect(other.sql`select * from mine`).rejects.toMatchObject({ code: '42P01' });
    expect(await other.sql`select count(*)::int as plans from plans`).toEqual(
      await one.sql`select count(*)::int as plans from plans`,
    );
  });
});
