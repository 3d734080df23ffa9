import type { Sql } from '../database/connect.ts';

/** Somebody whose password is known. */
export type Person = { readonly id: string; readonly email: string; readonly password: string };
/** Who the pictures are taken as. */
export type People = { readonly admin: Person; readonly customer: Person };

const PASSWORD = 'correct horse battery staple';

/** Fills an empty service with what makes its pages worth looking at. */
export async function seed(serviceUrl: string, sql: Sql): Promise<People> {
  const [admin, customer] = [await register('ada'), await register('carol')];
  await sql`UPDATE users SET is_admin = true WHERE id = ${admin.id}`;
  await seedUsers(sql);
  await seedBilling(sql, customer);
  await seedTroubles(sql, customer);
  await use(customer);
  return { admin, customer };

  async function register(username: string): Promise<Person> {
    const email = `${username}@acme.test`;
    const { id = '' } = await post('/register', { email, username, password: PASSWORD });
    await sql`UPDATE users SET is_verified = true WHERE id = ${id}`;
    return { id, email, password: PASSWORD };
  }

  /** As whoever uses it, some of what their plan allows. */
  async function use({ email, password }: Person): Promise<void> {
    const { token } = await post('/login', { email, password });
    const amounts = { items: 72, secondary: 4 };
    for (const [metric, quantity] of Object.entries(amounts))
      await post('/usage', { metric, quantity, idempotency_key: `seed-${metric}` }, token);
    await post('/api-keys', { name: 'Warehouse sync', scopes: ['usage:write'] }, token);
  }

  async function post(path: string, body: object, token?: string): Promise<Record<string, string>> {
    const response = await fetch(serviceUrl + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}.`);
    return (await response.json()) as Record<string, string>;
  }
}

/** Half a hundred accounts of the last month, of every kind. */
const seedUsers = (sql: Sql) => sql`
  INSERT INTO users (email, username, provider, is_active, is_verified, created_at)
  SELECT 'user' || n || '@example.test', 'user' || n, (ARRAY['local', 'google', 'github'])[1 + n % 3],
         n % 17 <> 0, n % 5 <> 0, now() - make_interval(hours => (n * n * 7) % 700)
  FROM generate_series(1, 48) AS n`;

async function seedBilling(sql: Sql, { id }: Person): Promise<void> {
  await sql`
    INSERT INTO subscriptions (user_id, plan_id, status, provider, provider_subscription_id, started_at,
                               current_period_start, current_period_end, canceled_at, ended_at, past_due_since)
    SELECT u.id, p.id, state.status, 'stripe', 'sub_' || u.username, u.created_at, now() - interval '10 days',
           now() + interval '20 days', state.ended_at, state.ended_at,
           CASE WHEN state.status = 'past_due' THEN now() - interval '1 day' END
    FROM (SELECT *, row_number() OVER (ORDER BY username)::int AS n FROM users WHERE email LIKE '%@example.test') AS u
    CROSS JOIN LATERAL (
      SELECT (ARRAY['active', 'active', 'trialing', 'past_due', 'canceled'])[1 + u.n % 5] AS status,
             CASE WHEN u.n % 5 = 4 THEN now() - interval '2 days' END AS ended_at) AS state
    JOIN plans AS p ON p.code = CASE WHEN u.n % 4 = 0 THEN 'enterprise' ELSE 'pro' END
    WHERE u.n % 2 = 0`;
  await sql`
    INSERT INTO subscriptions (user_id, plan_id, status, provider, provider_subscription_id, started_at,
                               current_period_start, current_period_end)
    SELECT ${id}::uuid, id, 'active', 'manual', 'manual_' || ${id}::text, now() - interval '40 days', now() - interval '10 days',
           now() + interval '20 days'
    FROM plans WHERE code = 'pro'`;
  await sql`
    INSERT INTO payments (subscription_id, user_id, provider_invoice_id, amount_cents, currency, status, paid_at, created_at)
    SELECT s.id, s.user_id, 'in_' || u.username || '_' || k, p.price_cents, CASE WHEN n % 3 = 0 THEN 'EUR' ELSE 'USD' END,
           state.status, CASE WHEN state.status <> 'failed' THEN at.paid END, at.paid
    FROM (SELECT *, row_number() OVER (ORDER BY started_at)::int AS n FROM subscriptions) AS s
    JOIN users AS u ON u.id = s.user_id
    JOIN plans AS p ON p.id = s.plan_id
    CROSS JOIN generate_series(1, 3) AS k
    CROSS JOIN LATERAL (SELECT now() - make_interval(hours => (n * 37 + k * 173) % 700) AS paid) AS at
    CROSS JOIN LATERAL (
      SELECT (ARRAY['succeeded', 'succeeded', 'succeeded', 'failed', 'refunded'])[1 + (n + k) % 5] AS status) AS state
    WHERE u.id = ${id}::uuid OR u.email LIKE '%@example.test'`;
}

/** What an administrator has to look at. */
async function seedTroubles(sql: Sql, { id, email }: Person): Promise<void> {
  await sql`
    INSERT INTO outbox (user_id, kind, recipient, payload, dedupe_key, status, attempts, next_attempt_at, last_error)
    SELECT ${id}::uuid, kind, ${email}::text, '{}', 'seed:' || kind, 'dead', 8, now(), '550 5.1.1 no such mailbox'
    FROM unnest(ARRAY['payment_failed', 'subscription_renewed']) AS kind`;
  await sql`
    INSERT INTO stripe_events (id, type, object_id, status, attempts, last_error)
    VALUES ('evt_seed_1', 'invoice.paid', 'in_seed_1', 'dead', 10, 'Stripe answered 500.'),
           ('evt_seed_2', 'customer.subscription.updated', 'sub_seed', 'dead', 10, 'The database did not answer in time.')`;
  await sql`
    INSERT INTO billing_alerts (kind, user_id, details, dedupe_key)
    VALUES ('several_subscriptions', ${id}, '{"subscription":"sub_1QX","beside":"sub_1QY"}', 'seed:1'),
           ('unknown_price', ${id}, '{"subscription":"sub_1QZ","price":"price_1QZ"}', 'seed:2')`;
}
