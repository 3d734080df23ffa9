import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { foldTallies } from '../../src/admin/fold-tallies.ts';
import { newAdmin, type SignedIn } from '../support/accounts.ts';
import { useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

type Stats = {
  generated_at: string;
  users: Record<string, number>;
  subscriptions: Record<string, number> & { by_plan: { plan_code: string; count: number }[] };
  payments: Record<string, number> & { revenue: object[] };
  mail: object;
  events: object;
  alerts: object;
  series: {
    days: string[];
    sign_ups: number[];
    active_subscriptions: number[];
    failed_payments: number[];
    revenue: { currency: string; amount_cents: number[] }[];
  };
};

const service = useService();
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});
beforeEach(async () => {
  await service.sql('TRUNCATE payments, subscriptions, stripe_events, billing_alerts');
  await service.sql('DELETE FROM users WHERE id <> $1', [admin.id]);
});

const stats = async () => {
  const response = await service.fetch('/admin/dashboard/stats', { token: admin.token });
  expect(response.status).toBe(200);
  return response.json<Stats>();
};
const putUser = async (daysAgo = 0, rest = '') => {
  const name = `u${crypto.randomUUID()}`;
  const [row] = await service.sql(
    `INSERT INTO users (email, username, created_at ${rest && ', is_verified'})
     VALUES ($1, $2, now() - make_interval(days => $3) ${rest && ', true'}) RETURNING id`,
    [`${name}@acme.test`, name, daysAgo],
  );
  return row?.id as string;
};
const putPaid = (
  status: string,
  cents: number,
  { daysAgo = 0, currency = 'USD', refunded = 0, paid = false } = {},
) =>
  service.sql(
    `INSERT INTO payments (provider_invoice_id, amount_cents, currency, status, refunded_cents, created_at, paid_at)
     VALUES (gen_random_uuid()::text, $1, $2, $3, $4, now() - make_interval(days => $5), CASE WHEN $6::boolean THEN now() END)`,
    [cents, currency, status, refunded, daysAgo, paid],
  );
/** The last of a series, the last day first. */
const last = (series: number[] | undefined, count: number) => series?.slice(-count).reverse();

/** What has been tallied and what there is, counted row by row: the one must be the other. */
const isTrue = async () => {
  const different = await service.sql(
    `SELECT * FROM (
       SELECT topic, day, key, sum(entries)::int AS entries, sum(cents)::int AS cents
       FROM (SELECT * FROM tallies UNION ALL SELECT * FROM tally_entries) AS tally GROUP BY topic, day, key
       HAVING sum(entries) <> 0 OR sum(cents) <> 0
     ) AS tallied
     FULL JOIN (
       SELECT topic, day, key, count(*)::int AS entries, sum(cents)::int AS cents FROM (
         SELECT told.* FROM users, tallies_of(users) AS told
         UNION ALL SELECT told.* FROM payments, tallies_of(payments) AS told
         UNION ALL SELECT told.* FROM subscriptions, tallies_of(subscriptions) AS told
       ) AS all_of_them GROUP BY topic, day, key
     ) AS counted USING (topic, day, key, entries, cents)
     WHERE tallied IS NULL OR counted IS NULL`,
  );
  expect(different).toEqual([]);
};

describe('GET /admin/dashboard/stats', () => {
  it('says which days it speaks of', async () => {
    const { generated_at, series } = await stats();
    expect(series.days).toHaveLength(30);
    expect(series.days.at(-1)).toBe(generated_at.slice(0, 10));
    expect(series.days[0]).toBe(
      new Date(Date.parse(generated_at) - 29 * 86_400_000).toISOString().slice(0, 10),
    );
    for (const one of [series.sign_ups, series.active_subscriptions, series.failed_payments]) {
      expect(one).toHaveLength(30);
    }
    expect(series.revenue).toEqual([]);
  });

  it('counts users by what they are, as they come, change and go', async () => {
    await putUser(40);
    const verified = await putUser(1, 'verified');
    const gone = await putUser();
    const counted = await stats();
    expect(counted.users).toEqual({ total: 4, verified: 2, active: 4, admins: 1, new_30d: 3 });
    expect(last(counted.series.sign_ups, 3)).toEqual([2, 1, 0]);
    await service.sql('UPDATE users SET is_active = false, is_admin = true WHERE id = $1', [verified]);
    await service.sql('DELETE FROM users WHERE id = $1', [gone]);
    expect((await stats()).users).toEqual({ total: 3, verified: 2, active: 2, admins: 1, new_30d: 2 });
    await isTrue();
  });

  it('counts subscriptions as they stand, and for each day those that had begun and not ended', async () => {
    const user = await putUser();
    const put = (row: Record<string, unknown>) => haveSubscription(service, user, row);
    await put({ started_at: inDays(-40) });
    await put({ started_at: inDays(-2), status: 'trialing', plan_code: 'enterprise' });
    await put({ started_at: inDays(-5), status: 'past_due', past_due_since: inDays(-1) });
    await put({ started_at: inDays(-5), status: 'canceled', canceled_at: inDays(-3), ended_at: inDays(-1) });
    await put({ started_at: inDays(-5), status: 'incomplete' });
    await put({ started_at: inDays(-5), status: 'unpaid', past_due_since: inDays(-2) });
    const counted = await stats();
    expect(counted.subscriptions).toMatchObject({
      active: 1,
      trialing: 1,
      past_due: 1,
      canceled_30d: 1,
      by_plan: [
        { plan_code: 'pro', plan_name: 'Pro', count: 2 },
        { plan_code: 'enterprise', plan_name: 'Enterprise', count: 1 },
      ],
    });
    expect(last(counted.series.active_subscriptions, 7)).toEqual([3, 3, 4, 4, 4, 4, 1]);
    await isTrue();
  });

  it('has those that ran out as ended whether or not anybody wrote it down, and those that will today not yet', async () => {
    const user = await putUser();
    const granted = await haveSubscription(service, user, {
      provider: 'manual',
      started_at: inDays(-3),
      current_period_end: inDays(-1),
    });
    expect((await stats()).subscriptions).toMatchObject({ active: 0, by_plan: [] });
    await service.sql(
      `UPDATE subscriptions SET current_period_end = least(now() + interval '5 seconds',
         date_trunc('day', now(), 'UTC') + interval '1 day' - interval '1 millisecond') WHERE id = $1`,
      [granted],
    );
    expect((await stats()).subscriptions.active).toBe(1);
    await service.sql('UPDATE subscriptions SET suspended_at = now() WHERE id = $1', [granted]);
    expect((await stats()).subscriptions.active).toBe(0);
    await isTrue();
  });

  it('counts payments by the day of the money, and of it what was kept', async () => {
    await putPaid('succeeded', 1_900);
    await putPaid('succeeded', 1_900, { daysAgo: 2, refunded: 400 });
    await putPaid('succeeded', 9_900, { daysAgo: 45 });
    await putPaid('succeeded', 500, { daysAgo: 3, currency: 'EUR', paid: true });
    await putPaid('failed', 1_900, { daysAgo: 1 });
    await putPaid('refunded', 1_900, { daysAgo: 1, refunded: 1_900 });
    await putPaid('pending', 1_900);
    const { payments, series } = await stats();
    expect(payments).toEqual({
      succeeded_30d: 3,
      failed_30d: 1,
      refunded_30d: 1,
      revenue: [
        { currency: 'EUR', total_cents: 500, last_30d_cents: 500 },
        { currency: 'USD', total_cents: 13_300, last_30d_cents: 3_400 },
      ],
    });
    expect(last(series.failed_payments, 3)).toEqual([0, 1, 0]);
    expect(last(series.revenue[0]?.amount_cents, 4)).toEqual([500, 0, 0, 0]);
    expect(last(series.revenue[1]?.amount_cents, 4)).toEqual([1_900, 0, 1_500, 0]);
    await service.sql(
      `UPDATE payments SET status = 'refunded', refunded_cents = amount_cents WHERE currency = 'EUR'`,
    );
    expect((await stats()).payments).toMatchObject({ refunded_30d: 2, succeeded_30d: 2 });
    await isTrue();
  });

  it('says what waits for a person', async () => {
    await service.sql(`UPDATE outbox SET status = 'dead'`);
    await service.sql(
      `INSERT INTO stripe_events (id, type, status) VALUES ('e1', 't', 'dead'), ('e2', 't', 'orphan'), ('e3', 't', 'done')`,
    );
    await service.sql(
      `INSERT INTO billing_alerts (kind, details, dedupe_key, resolved_at) VALUES ('k', '{}', 'a', NULL), ('k', '{}', 'b', now())`,
    );
    const [dead] = await service.sql(`SELECT count(*)::int AS n FROM outbox WHERE status = 'dead'`);
    expect(await stats()).toMatchObject({
      mail: { dead: dead?.n },
      events: { dead: 1, orphan: 1 },
      alerts: { open: 1 },
    });
  });
});

describe('what is tallied', () => {
  it('is the same folded, late or twice, and while it is folded by several at once', async () => {
    const writers = inject('realPostgres') ? 30 : 4;
    const before = await stats();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const user = await putUser(writer % 3);
        await putPaid('failed', 100);
        if (writer % 2) await service.sql('UPDATE users SET is_verified = true WHERE id = $1', [user]);
        if (writer % 4 === 3) await service.sql('DELETE FROM users WHERE id = $1', [user]);
        await foldTallies(service.deps());
      }),
    );
    const counted = await stats();
    expect(counted.users.total).toBe((before.users.total ?? 0) + writers - Math.floor(writers / 4));
    await foldTallies(service.deps());
    expect(await service.sql('SELECT FROM tally_entries')).toEqual([]);
    expect({ ...(await stats()), generated_at: '' }).toEqual({ ...counted, generated_at: '' });
    await service.runCron();
    await isTrue();
  });

  it('goes with a row that is rolled back', async () => {
    const before = (await stats()).users.total;
    const insert = `INSERT INTO users (email, username) VALUES ('rolled@back.test', 'rolled')`;
    await expect(service.transaction([insert, []], [insert, []])).rejects.toThrow('users_email_key');
    expect((await stats()).users.total).toBe(before);
  });
});
