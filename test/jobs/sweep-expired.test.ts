import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCron } from '../../src/jobs/run-cron.ts';
import { sweepExpired } from '../../src/jobs/sweep-expired.ts';
import { jobDeps } from '../mail/outbox-rows.ts';
import { cookieOf, mailedToken, newAccount, newSession, type SignedIn } from '../support/accounts.ts';
import { useService } from '../support/service.ts';

const service = useService();
const sweep = () => sweepExpired(jobDeps(service));
const count = async (table: string, where = 'true') =>
  (await service.sql(`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`))[0]?.n;

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Moves the end of everything of an account. */
async function ageSession(session: SignedIn, age: string, by: 'revoked_at' | 'expires_at' = 'expires_at') {
  await service.sql(`UPDATE sessions SET ${by} = now() - $2::interval WHERE user_id = $1`, [session.id, age]);
}

describe('the sweep of what has expired', () => {
  it.each([
    ['17 * * * *', 1],
    ['none of ours', 1],
    ['* * * * *', 0],
  ])('is run by %s: %i', async (cron, lineCount) => {
    const { id } = await newAccount(service);
    await service.sql(`UPDATE one_time_tokens SET expires_at = now() - interval '25 h' WHERE user_id = $1`, [
      id,
    ]);
    await service.sql(`UPDATE outbox SET status = 'sent', sent_at = now()`);
    lines.length = 0;
    await runCron(cron, jobDeps(service));
    expect(lines.filter((line) => line.includes('sweep_expired'))).toHaveLength(lineCount);
    expect(await count('one_time_tokens', `user_id = '${id}'`)).toBe(1 - lineCount);
    await sweep();
  });

  it('takes links and codes a day after their end, and none before', async () => {
    const { id } = await newAccount(service);
    await service.sql(
      `INSERT INTO login_codes (user_id, code_hash, expires_at) VALUES ($1, 'x', now() - interval '23 h')`,
      [id],
    );
    await service.sql(`UPDATE one_time_tokens SET expires_at = now() - interval '23 h' WHERE user_id = $1`, [
      id,
    ]);
    expect(await sweep()).toMatchObject({ one_time_tokens: 0, login_codes: 0 });
    await service.sql(`UPDATE login_codes SET expires_at = expires_at - interval '2 h'`);
    await service.sql(`UPDATE one_time_tokens SET expires_at = expires_at - interval '2 h'`);
    expect(await sweep()).toMatchObject({ one_time_tokens: 1, login_codes: 1 });
  });

  it('takes API keys 30 days after their end or revocation, and leaves those that live', async () => {
    const { id } = await newAccount(service);
    await service.sql(
      `INSERT INTO api_keys (user_id, name, key_prefix, key_hash, scopes, created_at, expires_at, revoked_at)
       SELECT $1, name, '', name, '{}', now() - interval '1 year', expires_at, revoked_at
       FROM (VALUES ('live', NULL, NULL), ('to end', now() + interval '1 day', NULL),
                    ('ended', now() - interval '29 days', NULL), ('revoked', NULL, now() - interval '29 days'),
                    ('long ended', now() - interval '31 days', NULL), ('long revoked', NULL, now() - interval '31 days'))
            AS key(name, expires_at, revoked_at)`,
      [id],
    );
    expect(await sweep()).toMatchObject({ api_keys: 2 });
    const left = await service.sql('SELECT name FROM api_keys WHERE user_id = $1 ORDER BY name', [id]);
    expect(left.map(({ name }) => name)).toEqual(['ended', 'live', 'revoked', 'to end']);
  });

  it('leaves a used verification link, which may be clicked again', async () => {
    const account = await newAccount(service, { verified: false });
    const token = await mailedToken(service, account.email);
    await service.fetch(`/verify?token=${token}`);
    await service.sql(
      `UPDATE one_time_tokens SET expires_at = now() - interval '99 days' WHERE user_id = $1`,
      [account.id],
    );
    await sweep();
    expect((await service.fetch(`/verify?token=${token}`)).status).toBe(200);
  });

  it('keeps the spent tokens of a live session, so that reuse is noticed', async () => {
    const session = await newSession(service);
    const next = cookieOf(await service.post('/refresh-token', undefined, { cookie: session.cookie }));
    await service.sql(
      `UPDATE refresh_tokens SET revoked_at = now() - interval '20 days', expires_at = now() - interval '6 days'
       WHERE user_id = $1 AND revoked_at IS NOT NULL`,
      [session.id],
    );
    await sweep();
    const reused = await service.post('/refresh-token', undefined, { cookie: session.cookie });
    expect(await reused.json()).toMatchObject({ code: 'refresh_token_reused' });
    expect((await service.post('/refresh-token', undefined, { cookie: next })).status).toBe(401);
  });

  it.each(['revoked_at', 'expires_at'] as const)(
    'takes the tokens of a session a day, and the session 30 days after its %s',
    async (end) => {
      const session = await newSession(service);
      const rows = async () => [
        await count('refresh_tokens', `user_id = '${session.id}'`),
        await count('sessions', `user_id = '${session.id}'`),
      ];
      await ageSession(session, '23 h', end);
      await sweep();
      expect(await rows()).toEqual([1, 1]);
      await ageSession(session, '25 h', end);
      await sweep();
      expect(await rows()).toEqual([0, 1]);
      await ageSession(session, '31 days', end);
      await sweep();
      expect(await rows()).toEqual([0, 0]);
    },
  );

  it('takes the counters that have healed, and none that still counts', async () => {
    await service.sql('DELETE FROM login_throttles');
    await service.sql(
      `INSERT INTO login_throttles (subject, failed_at, locked_until) VALUES
         ('healed', ARRAY[now() - interval '25 h'], NULL), ('forgiven', '{}', NULL),
         ('failing', ARRAY[now() - interval '10 min'], NULL), ('locked', ARRAY[now() - interval '3 days'], now() + interval '1 min')`,
    );
    await service.sql(
      `INSERT INTO mail_quotas (subject, kind, sent_at) VALUES
         ('old', 'x', ARRAY[now() - interval '3 days', now() - interval '25 h']),
         ('new', 'x', ARRAY[now() - interval '3 days', now() - interval '1 h'])`,
    );
    await sweep();
    const left = await service.sql('SELECT subject FROM login_throttles ORDER BY subject');
    expect(left.map((row) => row.subject)).toEqual(['failing', 'locked']);
    const quotas = await service.sql(`SELECT subject FROM mail_quotas WHERE kind = 'x'`);
    expect(quotas).toEqual([{ subject: 'new' }]);
  });

  it('takes mails 30 days after they were sent, and leaves those that wait or are dead', async () => {
    await service.sql('DELETE FROM outbox');
    await service.sql(
      `INSERT INTO outbox (kind, recipient, payload, dedupe_key, status, sent_at, next_attempt_at) VALUES
         ('x', 'a', '{}', 'old', 'sent', now() - interval '31 days', now()),
         ('x', 'a', '{}', 'sent', 'sent', now() - interval '29 days', now()),
         ('x', 'a', '{}', 'dead', 'dead', NULL, now() - interval '99 days'),
         ('x', 'a', '{}', 'pending', 'pending', NULL, now() - interval '99 days')`,
    );
    expect(await sweep()).toMatchObject({ outbox: 1 });
    const left = await service.sql('SELECT dedupe_key FROM outbox ORDER BY dedupe_key');
    expect(left.map((row) => row.dedupe_key)).toEqual(['dead', 'pending', 'sent']);
    await service.sql('DELETE FROM outbox');
  });

  it('takes what was used 400 days ago, but not what still waits to be charged for', async () => {
    const { id } = await newSession(service);
    const event = (key: string, days: number, customer: string | null, report: string | null) =>
      service.sql(
        `INSERT INTO usage_events (user_id, metric, quantity, idempotency_key, period_start, used_after, limit_then,
                                   created_at, meter_customer_id, meter_report_id)
         VALUES ($1, 'items', 1, $2, now(), 1, 10, now() - make_interval(days => $3), $4, $5)`,
        [id, key, days, customer, report],
      );
    await event('old', 401, null, null);
    await event('old and charged for', 401, 'cus_x', crypto.randomUUID());
    await event('old and waiting', 401, 'cus_x', null);
    await event('new', 399, null, null);
    await service.sql(
      `INSERT INTO usage_counters (user_id, metric, period_start, period_end, used)
       SELECT $1, 'items', now() - make_interval(days => ended + 30), now() - make_interval(days => ended), ended
       FROM unnest(ARRAY[401, 399]) AS ended`,
      [id],
    );
    expect(await sweep()).toMatchObject({ usage_events: 2, usage_counters: 1 });
    const left = await service.sql('SELECT idempotency_key FROM usage_events WHERE user_id = $1 ORDER BY 1', [
      id,
    ]);
    expect(left.map((row) => row.idempotency_key)).toEqual(['new', 'old and waiting']);
    expect(await count('usage_counters', `user_id = '${id}' AND used = 399`)).toBe(1);
  });

  it('takes a bounded amount a run, and shares it when five run at once', async () => {
    const { id } = await newSession(service);
    await service.sql(
      `WITH ended AS (
         INSERT INTO sessions (user_id, expires_at)
         SELECT $1::uuid, now() - interval '31 days' FROM generate_series(1, 100) RETURNING id
       )
       INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
       SELECT $1::uuid, ended.id, gen_random_uuid(), gen_random_uuid()::text, now() - interval '31 days'
       FROM ended, generate_series(1, 61)`,
      [id],
    );
    expect(await sweep()).toMatchObject({ refresh_tokens: 5_000, sessions: expect.any(Number) });
    expect(await count('refresh_tokens', `user_id = '${id}' AND expires_at < now()`)).toBe(1_100);
    const counts = await Promise.all(Array.from({ length: 5 }, sweep));
    const total = counts.reduce((sum, one) => sum + (one.refresh_tokens ?? 0), 0);
    expect(total).toBe(1_100);
    await sweep();
    expect(await count('sessions', `user_id = '${id}'`)).toBe(1);
    expect(await count('refresh_tokens', `user_id = '${id}'`)).toBe(1);
  });
});
