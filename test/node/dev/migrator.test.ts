import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type Sql } from '../../../dev/database/connect.ts';
import type { DatabaseEndpoint } from '../../../dev/database/endpoint.ts';
import { migrate } from '../../../dev/database/migrator.ts';
import { startTestDatabases } from '../../../dev/database/test-databases.ts';

describe('migrate', () => {
  let databases: DatabaseEndpoint;
  let folder: string;
  let sql: Sql;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tollgate-migrations-'));
    await mkdir(join(folder, 'meta'));
    databases = await startTestDatabases({
      postgresUrl: process.env.TEST_POSTGRES_URL || undefined,
      migrationsFolder: null,
    });
  });
  afterAll(async () => {
    await databases.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    const name = `m_${crypto.randomUUID().replaceAll('-', '')}`;
    await fetch(`${databases.url}/db/${name}`, { method: 'PUT' });
    sql = connect(databases.connectionString(name));
  });

  async function write(migrations: Record<string, string>): Promise<void> {
    const tags = Object.keys(migrations);
    const entries = tags.map((tag, idx) => ({ idx, version: '7', when: 1000 + idx, tag, breakpoints: true }));
    await writeFile(join(folder, 'meta/_journal.json'), JSON.stringify({ entries }));
    for (const tag of tags) await writeFile(join(folder, `${tag}.sql`), migrations[tag] ?? '');
  }

  const applied = () => sql`select created_at::int as at from drizzle.__drizzle_migrations order by id`;

  test('applies what is missing, in order, once', async () => {
    await write({ '0000_a': 'create table a (v int)' });
    expect(await migrate(sql, folder)).toEqual(['0000_a']);
    await write({ '0000_a': 'create table a (v int)', '0001_b': 'alter table a add w int' });
    expect(await migrate(sql, folder)).toEqual(['0001_b']);
    expect(await migrate(sql, folder)).toEqual([]);
    expect(await applied()).toEqual([{ at: 1000 }, { at: 1001 }]);
  });

  test('leaves nothing of a migration that fails', async () => {
    const half = 'create table half (v int);\n--> statement-breakpoint\ninsert into nowhere values (1);';
    await write({ '0000_a': 'create table a (v int)', '0001_half': half });
    await expect(migrate(sql, folder)).rejects.toMatchObject({ code: '42P01' });
    expect(await sql`select to_regclass('half') as half, to_regclass('a')::text as a`).toEqual([
      { half: null, a: 'a' },
    ]);
    expect(await applied()).toEqual([{ at: 1000 }]);
  });

  test('lets any number of migrators run at once', async () => {
    await write({ '0000_a': 'create table a (v int)', '0001_row': 'insert into a values (1)' });
    const names = await Promise.all(Array.from({ length: 6 }, () => migrate(sql, folder)));
    expect(names.flat().sort()).toEqual(['0000_a', '0001_row']);
    expect(await sql`select v from a`).toEqual([{ v: 1 }]);
    expect(await applied()).toEqual([{ at: 1000 }, { at: 1001 }]);
  });

  test('refuses a file that was changed after it was applied', async () => {
    await write({ '0000_a': 'create table a (v int)' });
    await migrate(sql, folder);
    await write({ '0000_a': 'create table a (v text)' });
    await expect(migrate(sql, folder)).rejects.toThrow('0000_a was changed after it was applied');
  });
});
