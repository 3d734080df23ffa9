import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, logIn, newAccount, newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { newKey } from '../support/api-keys.ts';
import { putPayment, putSubscription } from '../support/put-subscription.ts';
import { useService } from '../support/service.ts';

type User = {
  id: string;
  email: string;
  username: string;
  locked_until: string | null;
  last_login_at: string | null;
};
type List<T = User> = {
  data: T[];
  total: number;
  next_offset: number | null;
  prev_offset: number | null;
  total_is_estimate?: boolean;
};

const service = useService();
let admin: SignedIn;
let paying: SignedIn;
let unverified: Account;
let inactive: Account;
beforeAll(async () => {
  paying = await newSession(service);
  await putSubscription(service, paying.id);
  await putPayment(service, paying.id);
  unverified = await newAccount(service, { verified: false });
  inactive = await newAccount(service);
  await service.sql(
    `UPDATE users SET is_active = false, provider = 'github', external_platform = 'shop', external_store_id = '7',
       created_at = '2020-05-05T12:00:00Z' WHERE id = $1`,
    [inactive.id],
  );
  await service.sql('UPDATE users SET username = $2 WHERE id = $1', [unverified.id, 'Per_Cent']);
  admin = await newAdmin(service);
});

const get = (path: string) => service.fetch(`/admin/${path}`, { token: admin.token });
async function list<T = User>(path: string): Promise<List<T>> {
  const response = await get(path);
  expect(response.status, path).toBe(200);
  return response.json();
}
const ids = async (query: string) => (await list(`users?${query}`)).data.map(({ id }) => id);
const refusal = async (path: string) => {
  const response = await get(path);
  return [response.status, (await response.json<{ code: string }>()).code];
};

describe('GET /admin/users', () => {
  it('lists everybody, the newest first, page by page', async () => {
    const all = [admin.id, unverified.id, paying.id, inactive.id];
    expect(await ids('')).toEqual(all);
    expect(await ids('sort=created_at')).toEqual(all.toReversed());
    const byEmail = [admin, unverified, paying, inactive].map(({ email }) => email).toSorted();
    expect((await list('users?sort=email')).data.map(({ email }) => email)).toEqual(byEmail);
    expect((await list('users?sort=-email')).data.map(({ email }) => email)).toEqual(byEmail.toReversed());
    expect(await list('users?limit=3')).toMatchObject({ total: 4, next_offset: 3, prev_offset: null });
    expect(await list('users?limit=3&offset=3')).toMatchObject({
      total: 4,
      next_offset: null,
      prev_offset: 0,
    });
    expect(await list('users?limit=3&offset=100')).toMatchObject({
      data: [],
      total: 4,
      next_offset: null,
      prev_offset: 1,
    });
    for (const offset of ['1000001', '99999999999', '9'.repeat(400)]) {
      const { errors } = await (
        await service.fetch(`/admin/users?offset=${offset}`, { token: admin.token })
      ).json<{ errors: object }>();
      expect(errors).toEqual({ offset: 'Must be at most 1000000.' });
    }
  });

  it.each<[string, () => (string | undefined)[]]>([
    ['is_active=false', () => [inactive.id]],
    ['is_verified=false', () => [unverified.id]],
    ['is_admin=true', () => [admin.id]],
    ['is_admin=false&is_active=true&is_verified=true', () => [paying.id]],
    ['provider=github', () => [inactive.id]],
    ['plan_code=pro', () => [paying.id]],
    ['plan_code=free', () => [admin.id, unverified.id, inactive.id]],
    ['plan_code=nothing', () => []],
    ['created_to=2021-01-01', () => [inactive.id]],
    ['created_from=2020-05-05T12:00:00Z&created_to=2020-05-05T12:00:01Z', () => [inactive.id]],
    ['created_from=2020-05-05T12:00:01Z&created_to=2021-01-01', () => []],
    ['created_from=2020-05-05T13:59:00%2B02:00&created_to=2021-01-01', () => [inactive.id]],
    ['q=Per_Cent', () => [unverified.id]],
    ['q=ER_CENT', () => [unverified.id]],
    ['q=p%', () => []],
    ['q=pe', () => [unverified.id]],
    ['q=er', () => []],
    ['q=nobody-is-called-so', () => []],
    ['q=%20per_cent%20', () => [unverified.id]],
  ])('filters by %s', async (query, expected) => {
    const found = await list(`users?${query}`);
    expect(found.data.map(({ id }) => id)).toEqual(expected());
    expect(found.total).toBe(expected().length);
  });

  it('takes whoever had a plan for one that has none', async () => {
    await putSubscription(service, unverified.id, { status: 'canceled', periodEnd: '-1 days' });
    expect(await ids('plan_code=free')).toContain(unverified.id);
    expect(await ids('plan_code=pro')).not.toContain(unverified.id);
    await service.sql('DELETE FROM subscriptions WHERE user_id = $1', [unverified.id]);
  });

  it('finds by a part of the address, by the username, and by the id', async () => {
    expect(await ids(`q=${paying.email.slice(3, 18).toUpperCase()}`)).toEqual([paying.id]);
    expect(await ids(`q=${paying.username.slice(-8)}`)).toEqual([paying.id]);
    expect(await ids(`q=${paying.id.toUpperCase()}`)).toEqual([paying.id]);
    expect(await ids(`q=${crypto.randomUUID()}`)).toEqual([]);
  });

  it.each([
    'is_active=maybe',
    'provider=myspace',
    'sort=password',
    'created_from=yesterday',
    'q=%00',
    'q=@',
    'q=__',
    'q=%25%25%25',
    'limit=0',
    'limit=101',
    'offset=-1',
  ])('refuses %s', async (query) => {
    expect(await refusal(`users?${query}`)).toEqual([422, 'validation_failed']);
  });

  it('says when an account was last signed in, and until when it has to wait', async () => {
    const account = await newAccount(service);
    await service.post('/login', { email: account.email, password: 'wrong' });
    await service.sql(`UPDATE login_throttles SET locked_until = now() + interval '1 hour'`);
    const [found] = (await list(`users?q=${account.id}`)).data;
    expect(found).toMatchObject({ last_login_at: null, locked_until: expect.any(String) });
    const unlocked = await service.post(`/admin/users/${account.id}/unlock`, undefined, {
      token: admin.token,
    });
    expect(await unlocked.json()).toMatchObject({ id: account.id, locked_until: null });
    await logIn(service, account);
    const [again] = (await list(`users?q=${account.id}`)).data;
    expect(again).toMatchObject({ last_login_at: expect.any(String), locked_until: null });
    await service.sql('DELETE FROM users WHERE id = $1', [account.id]);
  });

  it('says of a long filtered list that there are more, and where they go on; unfiltered it counts them all', async () => {
    await service.sql(
      `INSERT INTO users (email, username) SELECT 'crowd' || n || '@many.test', 'crowd' || n FROM generate_series(1, 1200) n`,
    );
    expect(await list('users?q=crowd&limit=1')).toMatchObject({
      total: 1_000,
      total_is_estimate: true,
      next_offset: 1,
    });
    expect(await list('users?q=crowd&limit=100&offset=1050')).toMatchObject({
      total: 1_151,
      next_offset: 1_150,
    });
    const last = await list('users?q=crowd&limit=100&offset=1150');
    expect(last).toMatchObject({ total: 1_200, next_offset: null, prev_offset: 1_050 });
    expect(last).not.toHaveProperty('total_is_estimate');
    const full = await list('users?q=crowd&limit=100&offset=1100');
    expect(full).toMatchObject({ total: 1_200, next_offset: null });
    expect(full).not.toHaveProperty('total_is_estimate');
    const beyond = await list('users?q=crowd&limit=100&offset=5000');
    expect(beyond).toMatchObject({ data: [], total: 1_000, total_is_estimate: true, prev_offset: 900 });
    expect((await list(`users?q=crowd&limit=100&offset=${beyond.prev_offset}`)).data).toHaveLength(100);
    const everybody = await list('users');
    expect(everybody.total).toBe(1_204);
    expect(everybody).not.toHaveProperty('total_is_estimate');
    expect((await list('users?is_verified=false&provider=local')).total).toBe(1_201);
    await service.sql(`DELETE FROM users WHERE email LIKE 'crowd%'`);
    expect((await list('users')).total).toBe(4);
  });
});

describe('GET /admin/users/{id}', () => {
  it('shows all there is to see, and no secret', async () => {
    await newKey(service, paying);
    await service.sql(`INSERT INTO identities (user_id, provider, subject) VALUES ($1, 'google', 's')`, [
      paying.id,
    ]);
    const response = await get(`users/${paying.id}`);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      user: { id: paying.id, email: paying.email, is_active: true, external_platform: null },
      profile: { user_id: paying.id, first_name: null },
      plan: { code: 'pro', name: 'Pro', tier: 'pro' },
      subscriptions_count: 1,
      transactions_count: 1,
      sessions_count: 1,
      api_keys_count: 1,
      identities: [{ provider: 'google', created_at: expect.any(String) }],
      usage: expect.arrayContaining([{ metric: 'items', used: 0, limit: 100 }]),
    });
    expect(text).not.toMatch(/argon2|password|token|hash/);
  });

  it('knows the plan of who has none', async () => {
    const response = await get(`users/${unverified.id}`);
    expect(await response.json()).toMatchObject({ plan: { code: 'free', name: 'Free', tier: 'free' } });
  });

  it.each(['', '/transactions', '/subscriptions', '/sessions', '/api-keys'])(
    'is 404 for nobody%s',
    async (rest) => {
      for (const id of [crypto.randomUUID(), 'x', '00000000-0000-0000-0000-00000000000g']) {
        expect(await refusal(`users/${id}${rest}`)).toEqual([404, 'user_not_found']);
      }
    },
  );

  it('lists what a user pays, has and uses', async () => {
    expect(await list(`users/${paying.id}/transactions`)).toMatchObject({
      data: [{ user_id: paying.id, user_email: paying.email, status: 'succeeded', amount_cents: 1_900 }],
      total: 1,
    });
    expect(await list(`users/${paying.id}/subscriptions`)).toMatchObject({
      data: [{ user_id: paying.id, user_email: paying.email, plan: { code: 'pro' }, has_access: true }],
      total: 1,
    });
    const sessions = await list<object>(`users/${paying.id}/sessions`);
    expect(sessions).toMatchObject({ data: [{ id: expect.any(String), ip: '203.0.113.7' }], total: 1 });
    expect(sessions.data[0]).not.toHaveProperty('current');
    const keys = await list<object>(`users/${paying.id}/api-keys`);
    expect(keys).toMatchObject({ data: [{ name: 'a key', scopes: ['profile:read'] }], total: 1 });
    expect(JSON.stringify(keys)).not.toMatch(/hash|tgk_[\w]{20}/);
    expect(await list(`users/${unverified.id}/transactions`)).toMatchObject({ data: [], total: 0 });
  });
});

describe('the lists of billing', () => {
  it('show payments of everybody', async () => {
    const failed = await putPayment(service, paying.id, { status: 'failed', minutesAgo: 5 });
    expect((await list('billing/transactions')).data).toHaveLength(2);
    for (const query of [
      'status=failed',
      `user_id=${paying.id}&status=failed`,
      'status=failed&currency=usd',
    ]) {
      const found = await list<{ id: string; provider_invoice_id: string }>(`billing/transactions?${query}`);
      expect(found, query).toMatchObject({ data: [{ provider_invoice_id: failed }], total: 1 });
      const one = await get(`billing/transactions/${found.data[0]?.id}`);
      expect(await one.json()).toEqual(found.data[0]);
    }
    expect((await list('billing/transactions?currency=EUR')).total).toBe(0);
    expect(await refusal('billing/transactions?user_id=x')).toEqual([422, 'validation_failed']);
    expect(await refusal('billing/transactions?status=paid')).toEqual([422, 'validation_failed']);
    for (const id of [crypto.randomUUID(), 'x']) {
      expect(await refusal(`billing/transactions/${id}`)).toEqual([404, 'payment_not_found']);
      expect(await refusal(`billing/subscriptions/${id}`)).toEqual([404, 'subscription_not_found']);
    }
  });

  it('show subscriptions of everybody, also of whom nothing is known any more', async () => {
    const gone = await newAccount(service);
    await putSubscription(service, gone.id, { provider: 'manual', code: 'enterprise', status: 'canceled' });
    await service.sql('DELETE FROM users WHERE id = $1', [gone.id]);
    const found = await list<{ id: string }>('billing/subscriptions?provider=manual');
    expect(found).toMatchObject({
      data: [{ user_id: null, user_email: null, plan: { code: 'enterprise' } }],
      total: 1,
    });
    const one = await get(`billing/subscriptions/${found.data[0]?.id}`);
    expect(await one.json()).toEqual(found.data[0]);
    for (const [query, total] of [
      ['', 2],
      ['status=active', 1],
      ['status=canceled&plan_code=enterprise', 1],
      ['plan_code=pro', 1],
      ['plan_code=pro&status=canceled', 0],
      ['plan_code=none', 0],
      [`user_id=${paying.id}`, 1],
    ] as const) {
      const { data, total: counted } = await list(`billing/subscriptions?${query}`);
      expect([data.length, counted], query).toEqual([total, total]);
    }
  });
});
