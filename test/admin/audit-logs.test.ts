import { beforeAll, describe, expect, it } from 'vitest';
import { auditLogsBy } from '../../src/admin/read-audit-logs.ts';
import { writeSql } from '../../src/db/postgres.ts';
import { newAccount, newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { newKey, withKey } from '../support/api-keys.ts';
import { useService } from '../support/service.ts';

const service = useService();
type Log = Record<string, unknown> & { action: string; target_id: string };
type List = {
  data: Log[];
  total: number;
  limit: number;
  offset: number;
  next_offset: number | null;
  prev_offset: number | null;
  total_is_estimate?: boolean;
};

let admin: SignedIn;
let person: SignedIn;
const fetchLogs = (query: object = {}, init: object = { token: admin.token }) =>
  service.fetch(`/admin/audit-logs?${new URLSearchParams(query as Record<string, string>)}`, init);
async function list(query: object = {}): Promise<List> {
  const response = await fetchLogs(query);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}
const actions = async (query: object) =>
  (await list({ limit: '100', ...query })).data.map((log) => log.action);

beforeAll(async () => {
  person = await newSession(service);
  admin = await newAdmin(service);
  await service.post('/login', { email: person.email, password: 'not the password' });
  const grant = { user_id: person.id, plan_code: 'pro', ends_at: null };
  const headers = { 'User-Agent': 'Desk/1' };
  const response = await service.post('/admin/billing/subscriptions', grant, { token: admin.token, headers });
  expect(response.status).toBe(201);
});

describe('GET /admin/audit-logs', () => {
  it('says who did what to what, when and where from, the newest first', async () => {
    const { data, total, limit, offset } = await list();
    expect({ total, limit, offset }).toEqual({ total: data.length, limit: 10, offset: 0 });
    expect(data[0]).toEqual({
      id: expect.any(String),
      admin_id: admin.id,
      admin_email: admin.email,
      user_id: null,
      user_email: null,
      action: 'subscription.grant',
      target_type: 'subscription',
      target_id: expect.any(String),
      before: null,
      after: expect.objectContaining({ user_id: person.id }),
      request_id: expect.any(String),
      ip: '203.0.113.7',
      user_agent: 'Desk/1',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(data.at(-1)).toMatchObject({
      action: 'auth.registered',
      admin_id: null,
      admin_email: null,
      user_id: person.id,
      user_email: person.email,
      after: { provider: 'local' },
    });
  });

  it('comes in pages', async () => {
    const { total } = await list();
    const seen: unknown[] = [];
    let next: number | null = 0;
    while (next !== null) {
      const page: List = await list({ limit: '2', offset: String(next) });
      expect(page.prev_offset).toBe(next === 0 ? null : next - 2);
      seen.push(...page.data.map((log) => log.id));
      next = page.next_offset;
    }
    expect(new Set(seen).size).toBe(total);
    expect(await list({ offset: '1000' })).toMatchObject({ data: [], next_offset: null });
  });

  it.each<[string, () => object, string[]]>([
    ['an administrator', () => ({ admin_id: admin.id }), ['subscription.grant']],
    [
      'an account: what it did and what was done to it or to what it has',
      () => ({ user_id: person.id.toUpperCase() }),
      ['subscription.grant', 'auth.login_failed', 'auth.login', 'auth.registered'],
    ],
    [
      'an administrator’s account: what it did as such, too',
      () => ({ user_id: admin.id }),
      ['subscription.grant', 'auth.login', 'auth.registered'],
    ],
    ['an action', () => ({ action: 'auth.login_failed' }), ['auth.login_failed']],
    [
      'how actions begin',
      () => ({ action: 'auth.*', user_id: person.id }),
      ['auth.login_failed', 'auth.login', 'auth.registered'],
    ],
    ['how actions begin, to the letter', () => ({ action: 'auth_*' }), []],
    ['a kind of target', () => ({ target_type: 'subscription' }), ['subscription.grant']],
    [
      'a target',
      () => ({ target_id: person.id, target_type: 'user' }),
      ['auth.login_failed', 'auth.registered'],
    ],
    ['nobody', () => ({ user_id: crypto.randomUUID() }), []],
    ['a day to come', () => ({ created_from: '2999-01-01' }), []],
    ['a day long gone', () => ({ created_to: '2020-01-01T00:00:00+02:00' }), []],
    [
      'several at once',
      () => ({
        created_from: '2020-01-01',
        created_to: '2999-01-01',
        action: 'auth.login',
        user_id: person.id,
      }),
      ['auth.login'],
    ],
  ])('is filtered by %s', async (_, query, expected) => {
    expect(await actions(query())).toEqual(expected);
    expect((await list(query())).total).toBe(expected.length);
  });

  it.each([
    { admin_id: 'me' },
    { user_id: '' },
    { action: '*.login' },
    { action: '' },
    { action: `auth.${'x'.repeat(64)}` },
    { created_from: 'yesterday' },
    { target_id: 'a\u0000b' },
    { limit: '101' },
    { offset: '-1' },
  ])('refuses %o', async (query) => {
    const response = await fetchLogs(query);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'validation_failed' });
  });

  it('is for administrators, and their keys with admin:read', async () => {
    const codeOf = async (init: object) => (await (await fetchLogs({}, init)).json<{ code?: string }>()).code;
    expect(await codeOf({})).toBe('invalid_token');
    expect(await codeOf({ token: person.token })).toBe('admin_required');
    const { key } = await newKey(service, admin, ['admin:read']);
    expect((await fetchLogs({}, withKey(key))).status).toBe(200);
    const { key: other } = await newKey(service, admin, ['profile:read']);
    expect(await codeOf(withKey(other))).toBe('scope_required');
  });

  it('takes one round trip, with a name for who is gone', async () => {
    const gone = await newAccount(service);
    await service.sql('DELETE FROM users WHERE id = $1', [gone.id]);
    const trips = await service.roundTrips(async () => {
      const { data } = await list({ user_id: gone.id });
      expect(data).toMatchObject([{ user_id: gone.id, user_email: null, target_id: gone.id }]);
    });
    expect(trips).toBe(1);
  });

  it('counts no further than a thousand', async () => {
    await service.sql(
      `INSERT INTO admin_audit_logs (action, target_type, target_id) SELECT 'test.many', 'test', n::text FROM generate_series(1, 1200) AS n`,
    );
    const first = await list({ action: 'test.*' });
    expect(first).toMatchObject({ total: 1_000, total_is_estimate: true, next_offset: 10 });
    expect(await list({ action: 'test.many', offset: '1190' })).toMatchObject({
      total: 1_200,
      next_offset: null,
    });
    expect(await list({ action: 'auth.*' })).not.toHaveProperty('total_is_estimate');
  });
});

it('each filter has an index that finds its rows', async () => {
  await service.sql('ANALYZE admin_audit_logs');
  const filters = [
    { adminId: admin.id },
    { targetId: person.id },
    { targetType: 'plan' },
    { action: 'auth.login' },
    { action: 'webhook.*' },
    { userId: person.id },
  ];
  const plans = await service.transaction(
    ['SET LOCAL enable_seqscan = off', []],
    ...filters.map((filter): [string, unknown[]] => {
      const { text, params } = writeSql(auditLogsBy(filter, { limit: 10, offset: 0 }).count.sql);
      return [`EXPLAIN ${text}`, params];
    }),
  );
  const texts = plans.slice(1).map((rows) => JSON.stringify(rows));
  for (const text of texts) {
    expect(text).toContain('Index Cond');
    expect(text).not.toContain('Seq Scan');
  }
  expect(texts.at(-1)?.match(/_(user_id|admin_id|target_id|subject)_idx/g)).toHaveLength(4);
});
