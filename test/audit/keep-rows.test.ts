import { neon } from '@neondatabase/serverless';
import { beforeEach, describe, expect, it } from 'vitest';
import { sweepExpired } from '../../src/jobs/sweep-expired.ts';
import { readSettings } from '../../src/settings.ts';
import { jobDeps } from '../mail/outbox-rows.ts';
import { useService } from '../support/service.ts';

const service = useService();

/** Rows of that age in days; what is in the log is only ever put there. */
const put = (...days: number[]) =>
  service.sql(
    `INSERT INTO admin_audit_logs (action, target_type, target_id, created_at)
     SELECT 'test.put', 'test', age::text, now() - make_interval(days => age) FROM unnest($1::int[]) AS age`,
    [`{${days.join(',')}}`],
  );
const ages = async () =>
  (await service.sql(`SELECT target_id::int AS age FROM admin_audit_logs ORDER BY 1`)).map((row) => row.age);
const asService = (text: string) => neon(service.databaseUrl).query(text);

// The tests below take them away and put them back.
it('the guards of the log stand whatever session_replication_role says', async () => {
  const guards = await service.sql(
    `SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'admin_audit_logs'::regclass AND tgname LIKE '%_keep%_rows'
     OR tgname = 'admin_audit_logs_keep' ORDER BY tgname`,
  );
  expect(guards.map(Object.values)).toEqual([
    ['admin_audit_logs_keep', 'A'],
    ['admin_audit_logs_keep_rows', 'A'],
  ]);
});

describe('a row of the audit log', () => {
  beforeEach(async () => {
    // A table that nobody may empty is emptied by its owner taking the guard away.
    await service.transaction(
      ['ALTER TABLE admin_audit_logs DISABLE TRIGGER USER', []],
      ['DELETE FROM admin_audit_logs', []],
      ['ALTER TABLE admin_audit_logs ENABLE ALWAYS TRIGGER admin_audit_logs_keep', []],
      ['ALTER TABLE admin_audit_logs ENABLE ALWAYS TRIGGER admin_audit_logs_keep_rows', []],
    );
    await put(0, 29, 31, 400);
  });

  it.each([
    `UPDATE admin_audit_logs SET action = 'nothing.happened'`,
    'UPDATE admin_audit_logs SET ip = NULL WHERE false',
    `DELETE FROM admin_audit_logs WHERE target_id = '0'`,
    `DELETE FROM admin_audit_logs WHERE target_id = '400'`,
    'TRUNCATE admin_audit_logs',
  ])('stays, whoever says: %s', async (text) => {
    await expect(service.sql(text)).rejects.toThrow(/append-only/);
    await expect(
      service.transaction(['SET LOCAL session_replication_role = replica', []], [text, []]),
    ).rejects.toThrow(/append-only/);
    await expect(asService(text)).rejects.toThrow(/permission denied/);
    expect(await ages()).toEqual([0, 29, 31, 400]);
  });

  it('stays when it is younger than 30 days, by whichever door', async () => {
    const young = `DELETE FROM admin_audit_logs WHERE target_id = '29'`;
    await expect(
      service.transaction([`SET LOCAL tollgate.audit_sweep = 'on'`, []], [young, []]),
    ).rejects.toThrow(/append-only/);
    await asService(`SELECT delete_expired_audit_logs(interval '0', 100)`);
    expect(await ages()).toEqual([0, 29]);
  });

  it('is deleted by the cron once it is older than AUDIT_RETENTION', async () => {
    expect(await sweepExpired(jobDeps(service))).toMatchObject({ admin_audit_logs: 1 });
    expect(await ages()).toEqual([0, 29, 31]);
    const month = jobDeps(service, { AUDIT_RETENTION: '2592000' });
    expect(await sweepExpired(month)).toMatchObject({ admin_audit_logs: 1 });
    expect(await sweepExpired(month)).toMatchObject({ admin_audit_logs: 0 });
    expect(await ages()).toEqual([0, 29]);
  });

  it('is deleted a bounded number at a time, the oldest first, and the door is closed again', async () => {
    await service.transaction(
      [`SELECT delete_expired_audit_logs(interval '30 days', 1)`, []],
      ['INSERT INTO admin_audit_logs (action, target_type, target_id) VALUES ($1, $1, $2)', ['x.y', '1']],
    );
    expect(await ages()).toEqual([0, 1, 29, 31]);
    await expect(
      service.transaction(
        [`SELECT delete_expired_audit_logs(interval '1 year', 1)`, []],
        ['DELETE FROM admin_audit_logs', []],
      ),
    ).rejects.toThrow(/append-only/);
  });
});

it.each(['2591999', '0', 'a year', '1e99'])('AUDIT_RETENTION=%s is refused', (value) => {
  expect(() => readSettings(service.environment({ AUDIT_RETENTION: value }))).toThrow(/AUDIT_RETENTION/);
});
