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
    expect(await grantAdministrator(sql, 'Ada@Example.com')).toBe('granted');
    expect(await grantAdministrator(sql, 'ada@example.com')).toBe('granted');
    expect(await grantAdministrator(sql, 'nobody@example.com')).toBe('unknown');
    expect(await admins()).toEqual(['ada@example.com']);
  });

  test.each(['is_verified', 'is_active'])('say that they can do nothing yet without %s', async (column) => {
    await sql.query(`update users set ${column} = false`);
    expect(await grantAdministrator(sql, 'ada@example.com')).toBe('not_effective');
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

  test('leave a row in the audit log each time that something changed', async () => {
    await grantAdministrator(sql, 'ada@example.com');
    await grantAdministrator(sql, 'ada@example.com');
    await revokeAdministrator(sql, 'ada@example.com');
    await grantAdministrator(sql, 'bob@example.com');
    await revokeAdministrator(sql, 'ada@example.com');
    await revokeAdministrator(sql, 'bob@example.com');
    const rows = await sql`
      select action, admin_id, user_id, request_id, before -> 'is_admin' as before, after -> 'is_admin' as after
      from admin_audit_logs join users on users.id::text = target_id and target_type = 'user'
      order by admin_audit_logs.created_at`;
    const made = {
      action: 'user.promote',
      admin_id: null,
      user_id: null,
      request_id: 'command line',
      before: false,
      after: true,
    };
    expect(rows).toEqual([made, made, { ...made, action: 'user.demote', before: true, after: false }]);
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

  test('lose the keys for administrators with it, and no others', async () => {
    await sql`update users set is_admin = true`;
    await sql`
      insert into api_keys (user_id, name, key_prefix, key_hash, scopes)
      select id, 'k', 'tgk_', username || scope, array['profile:read', scope]
      from users, unnest(array['admin:read', 'users:provision', 'usage:read']) as scope`;
    const dead = async () => {
      const rows = await sql`select key_hash from api_keys where revoked_at is not null order by key_hash`;
      return rows.map((row) => row.key_hash as string);
    };
    await revokeAdministrator(sql, 'Ada@example.com');
    await revokeAdministrator(sql, 'bob@example.com');
    expect(await dead()).toEqual(['adaadmin:read', 'adausers:provision']);
  });

  test('are never all revoked by two commands at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      await sql`update users set is_admin = true`;
      const both = ['ada@example.com', 'bob@example.com'].map((email) => revokeAdministrator(sql, email));
      expect((await Promise.all(both)).sort()).toEqual(['last_admin', 'revoked']);
    }
  });
});
