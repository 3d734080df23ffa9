import { beforeEach, describe, expect, test } from 'vitest';
import { grantAdministrator, revokeAdministrator } from '../../../dev/administrators.ts';
import { useDatabase } from './test-database.ts';

describe('administrators made from the command line', () => {
  const { sql } = useDatabase();

  const admins = async () => {
    const rows = await sql`select email from users where is_admin order by email`;
    return rows.map((row) => row.email as string);
  };
  beforeEach(async () => {
    await sql`delete from users`;
    await sql`insert into users (email, username, is_verified)
              values ('ada@example.com', 'ada', true), ('bob@example.com', 'bob', true)`;
  });

  test('are granted by address, in any case, again and again', async () => {
    expect(await grantAdministrator(sql, 'Ada@Example.com')).toBe(true);
    expect(await grantAdministrator(sql, 'ada@example.com')).toBe(true);
    expect(await grantAdministrator(sql, 'nobody@example.com')).toBe(false);
    expect(await admins()).toEqual(['ada@example.com']);
  });

  test('are revoked, but never the last active one', async () => {
    await sql`update users set is_admin = true`;
    expect(await revokeAdministrator(sql, 'ADA@example.com')).toBe('revoked');
    expect(await revokeAdministrator(sql, 'ada@example.com')).toBe('not_admin');
    expect(await revokeAdministrator(sql, 'bob@example.com')).toBe('last_admin');
    expect(await revokeAdministrator(sql, 'nobody@example.com')).toBe('unknown');
    expect(await admins()).toEqual(['bob@example.com']);
  });

  test('who are disabled do not count as the other one', async () => {
    await sql`update users set is_admin = true, is_active = email = 'ada@example.com'`;
    expect(await revokeAdministrator(sql, 'ada@example.com')).toBe('last_admin');
    expect(await revokeAdministrator(sql, 'bob@example.com')).toBe('revoked');
  });

  test('who never proved their address do not count either', async () => {
    await sql`update users set is_admin = true, is_verified = email = 'ada@example.com'`;
    expect(await revokeAdministrator(sql, 'ada@example.com')).toBe('last_admin');
    expect(await revokeAdministrator(sql, 'bob@example.com')).toBe('revoked');
  });

  test('are never all revoked by two commands at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      await sql`update users set is_admin = true`;
      const both = ['ada@example.com', 'bob@example.com'].map((email) => revokeAdministrator(sql, email));
      expect((await Promise.all(both)).sort()).toEqual(['last_admin', 'revoked']);
    }
  });
});
