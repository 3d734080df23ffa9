import { describe, expect, it } from 'vitest';
import { newSession } from '../support/accounts.ts';
import { newKey, newKeyOwner, withKey } from '../support/api-keys.ts';
import { rounds } from '../support/rounds.ts';
import { type Service, useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

const service: Service = useService();

type Answer = { status: number; body: Record<string, unknown> & { code?: string } };
const read = async (response: Response): Promise<Answer> => ({
  status: response.status,
  body: await response.json(),
});
const post = async (token: string, report: Record<string, unknown> = {}) =>
  read(
    await service.post(
      '/usage',
      { metric: 'items', quantity: 1, idempotency_key: crypto.randomUUID(), ...report },
      { token },
    ),
  );

/** What stands in the rows: the counter of each metric, and the sum of its events. */
const rowsOf = (userId: string) =>
  service.sql(
    `SELECT counter.metric, counter.used::int AS counter, sum(event.quantity)::int AS events, count(event.id)::int AS rows
     FROM usage_counters AS counter
     LEFT JOIN usage_events AS event
       ON event.user_id = counter.user_id AND event.metric = counter.metric AND event.period_start = counter.period_start
     WHERE counter.user_id = $1 GROUP BY counter.metric, counter.period_start, counter.used
     ORDER BY counter.metric, counter.period_start`,
    [userId],
  );

/** A signed-in account on a plan of its own, with that limit of items. */
async function withLimit(limit: number) {
  const session = await newSession(service);
  const code = `limit-${crypto.randomUUID()}`;
  await service.sql(
    `INSERT INTO plans (code, name, price_cents, currency, billing_period, tier, max_items, max_secondary)
     VALUES ($1, 'Limited', 100, 'USD', 'monthly', 'pro', $2, 5)`,
    [code, limit],
  );
  await haveSubscription(service, session.id, { plan_code: code });
  return session;
}

describe('POST /usage', () => {
  it('counts, and says what is left', async () => {
    const { id, token } = await newSession(service);
    expect(await post(token, { quantity: 3 })).toEqual({
      status: 200,
      body: { metric: 'items', used: 3, limit: 10, remaining: 7 },
    });
    expect((await post(token)).body).toEqual({ metric: 'items', used: 4, limit: 10, remaining: 6 });
    expect((await post(token, { metric: 'secondary' })).body).toMatchObject({
      used: 1,
      limit: 1,
      remaining: 0,
    });
    expect(await rowsOf(id)).toEqual([
      { metric: 'items', counter: 4, events: 4, rows: 2 },
      { metric: 'secondary', counter: 1, events: 1, rows: 1 },
    ]);
  });

  it('402 limit_exceeded, and nothing is recorded, where it is too much; less than that still fits', async () => {
    const { id, token } = await newSession(service);
    await post(token, { quantity: 9 });
    const refused = await post(token, { quantity: 2 });
    expect([refused.status, refused.body.code]).toEqual([402, 'limit_exceeded']);
    expect(refused.body.detail).toBe('9 of 10 items are used in this period, so 2 more are too many.');
    expect(await rowsOf(id)).toEqual([{ metric: 'items', counter: 9, events: 9, rows: 1 }]);
    expect((await post(token)).body).toMatchObject({ used: 10, remaining: 0 });
    expect((await post(token)).status).toBe(402);
  });

  it('402 for the first report, too, and no counter is left behind', async () => {
    const { id, token } = await newSession(service);
    expect((await post(token, { quantity: 11 })).status).toBe(402);
    expect(await rowsOf(id)).toEqual([]);
  });

  it('a limit of 0 allows nothing, and one of −1 everything', async () => {
    const [none, unlimited] = [await withLimit(0), await withLimit(-1)];
    expect((await post(none.token)).status).toBe(402);
    expect((await post(unlimited.token, { quantity: 1_000_000 })).body).toEqual({
      metric: 'items',
      used: 1_000_000,
      limit: -1,
      remaining: null,
    });
  });

  it.each<[string, object, string]>([
    ['an unknown metric', { metric: 'widgets' }, 'metric'],
    ['a metric by the name of something else', { metric: 'constructor' }, 'metric'],
    ['no metric', { metric: undefined }, 'metric'],
    ['nothing', { quantity: 0 }, 'quantity'],
    ['giving back', { quantity: -1 }, 'quantity'],
    ['a part', { quantity: 1.5 }, 'quantity'],
    ['a number in words', { quantity: '1' }, 'quantity'],
    ['too much at once', { quantity: 1_000_001 }, 'quantity'],
    ['more than any number', { quantity: 1e300 }, 'quantity'],
    ['no key', { idempotency_key: undefined }, 'idempotency_key'],
    ['an empty key', { idempotency_key: '' }, 'idempotency_key'],
    ['a key of 256 characters', { idempotency_key: 'x'.repeat(256) }, 'idempotency_key'],
    ['a key on two lines', { idempotency_key: 'a\nb' }, 'idempotency_key'],
  ])('422 for %s', async (_what, report, field) => {
    const { id, token } = await newSession(service);
    const { status, body } = await post(token, report as Record<string, unknown>);
    expect([status, body.code]).toEqual([422, 'validation_failed']);
    expect(Object.keys(body.errors as object)).toEqual([field]);
    expect(await rowsOf(id)).toEqual([]);
  });

  it('by a key of the account counts for the same account, one round trip either way', async () => {
    const { id, token, key } = await newKeyOwner(service, ['usage:write']);
    const report = { metric: 'items', quantity: 2, idempotency_key: 'one' };
    const byKey = () => service.post('/usage', report, withKey(key));
    const trips = await service.roundTrips(async () => expect((await byKey()).status).toBe(200));
    expect(trips).toBe(1);
    expect(await service.roundTrips(() => post(token))).toBe(1);
    expect(await service.roundTrips(() => post(token, { quantity: 100 }))).toBe(1);
    // The name of a report is the account's, whoever reports.
    expect((await post(token, report)).body).toMatchObject({ used: 2 });
    expect(await rowsOf(id)).toEqual([{ metric: 'items', counter: 3, events: 3, rows: 2 }]);
  });

  it('refuses whoever may not, and counts nothing of theirs', async () => {
    const unverified = await newSession(service, { verified: false });
    expect((await post(unverified.token)).body.code).toBe('email_not_verified');
    const ended = await newSession(service);
    await service.post('/logout', undefined, { cookie: ended.cookie });
    expect((await post(ended.token)).status).toBe(401);
    const disabled = await newSession(service);
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [disabled.id]);
    expect((await post(disabled.token)).body.code).toBe('account_disabled');
    const owner = await newKeyOwner(service, ['usage:read']);
    const report = { metric: 'items', quantity: 1, idempotency_key: 'x' };
    expect((await service.post('/usage', report, withKey(owner.key))).status).toBe(403);
    expect((await service.post('/usage', report)).status).toBe(401);
    for (const { id } of [unverified, ended, disabled, owner]) expect(await rowsOf(id)).toEqual([]);
  });

  it('is 503 with the database away', async () => {
    const { token } = await newSession(service);
    await service.withoutDatabase(async () => expect((await post(token)).status).toBe(503));
  });
});

describe('the idempotency key', () => {
  it('of the same report gets the same answer, whatever was used since', async () => {
    const { id, token } = await newSession(service);
    const report = { quantity: 4, idempotency_key: 'order-4711' };
    const first = await post(token, report);
    await post(token, { quantity: 6 });
    await service.sql(`UPDATE plans SET max_items = 50 WHERE code = 'free'`);
    expect(await post(token, report)).toEqual(first);
    await service.sql(`UPDATE plans SET max_items = 10 WHERE code = 'free'`);
    expect(await rowsOf(id)).toEqual([{ metric: 'items', counter: 10, events: 10, rows: 2 }]);
  });

  it('of another report is 409 idempotency_conflict, and nothing is counted', async () => {
    const { id, token } = await newSession(service);
    await post(token, { quantity: 4, idempotency_key: 'a' });
    for (const other of [{ quantity: 5 }, { quantity: 4, metric: 'secondary' }, { quantity: 400 }]) {
      const { status, body } = await post(token, { idempotency_key: 'a', ...other });
      expect([status, body.code]).toEqual([409, 'idempotency_conflict']);
    }
    expect(await rowsOf(id)).toEqual([{ metric: 'items', counter: 4, events: 4, rows: 1 }]);
  });

  it('of a report that was refused is free again', async () => {
    const { token } = await newSession(service);
    expect((await post(token, { quantity: 11, idempotency_key: 'a' })).status).toBe(402);
    expect((await post(token, { quantity: 10, idempotency_key: 'a' })).body).toMatchObject({ used: 10 });
  });

  it('is known in a later period, and is each account’s own', async () => {
    const [one, other] = [await newSession(service), await newSession(service)];
    await post(one.token, { idempotency_key: 'a' });
    await haveSubscription(service, one.id);
    expect((await post(one.token, { idempotency_key: 'a' })).body).toMatchObject({ used: 1, limit: 10 });
    expect((await post(other.token, { quantity: 2, idempotency_key: 'a' })).body).toMatchObject({ used: 2 });
  });
});

describe('thirty at once', () => {
  it('at a limit of 5 record exactly 5', async () => {
    for (let round = 0; round < rounds(5); round++) {
      const { id, token } = await withLimit(5);
      const answers = await Promise.all(Array.from({ length: 30 }, () => post(token)));
      const counted = answers.filter(({ status }) => status === 200);
      expect(counted.map(({ body }) => body.used).toSorted()).toEqual([1, 2, 3, 4, 5]);
      expect(answers.filter(({ status }) => status === 402)).toHaveLength(25);
      expect(await rowsOf(id)).toEqual([{ metric: 'items', counter: 5, events: 5, rows: 5 }]);
    }
  });

  it('of different amounts fill the limit as far as they fit, and lose none that was answered', async () => {
    const { id, token } = await withLimit(40);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        post(token, { quantity: (n % 3) + 1 }).then((a) => [a, (n % 3) + 1] as const),
      ),
    );
    const sum = answers.reduce((total, [{ status }, quantity]) => total + (status === 200 ? quantity : 0), 0);
    expect(sum).toBeGreaterThan(37);
    expect(sum).toBeLessThanOrEqual(40);
    expect(await rowsOf(id)).toMatchObject([{ counter: sum, events: sum }]);
  });

  it('of one key record it once, and all hear the same', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const { id, token } = await withLimit(5);
      const report = { quantity: 2, idempotency_key: 'once' };
      const answers = await Promise.all(Array.from({ length: 30 }, () => post(token, report)));
      for (const answer of answers) {
        expect(answer).toEqual({ status: 200, body: { metric: 'items', used: 2, limit: 5, remaining: 3 } });
      }
      expect(await rowsOf(id)).toEqual([{ metric: 'items', counter: 2, events: 2, rows: 1 }]);
    }
  });

  it('of one key with two bodies record one of them, and the others conflict', async () => {
    const { id, token } = await withLimit(100);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => post(token, { quantity: (n % 2) + 1, idempotency_key: 'once' })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array(15).fill(200),
      ...Array(15).fill(409),
    ]);
    expect(await rowsOf(id)).toMatchObject([{ rows: 1 }]);
  });

  it('while the subscription is renewed count each report in one period, and in none too many', async () => {
    for (let round = 0; round < rounds(3); round++) {
      const { id, token } = await withLimit(5);
      const renew = () =>
        service.sql(
          `UPDATE subscriptions SET current_period_start = now(), current_period_end = now() + interval '1 month' WHERE user_id = $1`,
          [id],
        );
      const posts = Array.from({ length: 30 }, () => post(token));
      await renew();
      const counted = (await Promise.all(posts)).filter(({ status }) => status === 200).length;
      const rows = await rowsOf(id);
      for (const row of rows) {
        expect(row.counter).toBe(row.events);
        expect(row.counter).toBeLessThanOrEqual(5);
      }
      expect(rows.reduce((sum, row) => sum + row.rows, 0)).toBe(counted);
      expect(counted).toBeGreaterThanOrEqual(5);
    }
  });

  it('while their key is revoked: what was answered 200 is counted, and nothing after', async () => {
    const owner = await newKeyOwner(service);
    const { id: keyId, key } = await newKey(service, owner, ['usage:write']);
    const byKey = () =>
      service.post(
        '/usage',
        { metric: 'items', quantity: 1, idempotency_key: crypto.randomUUID() },
        withKey(key),
      );
    await haveSubscription(service, owner.id);
    const posts = Array.from({ length: 30 }, byKey);
    const revoked = await service.fetch(`/api-keys/${keyId}`, { method: 'DELETE', token: owner.token });
    expect(revoked.status).toBe(204);
    expect((await byKey()).status).toBe(401);
    const counted = (await Promise.all(posts)).filter(({ status }) => status === 200).length;
    const [row] = await rowsOf(owner.id);
    expect(row?.counter ?? 0).toBe(counted);
  });

  it('while the account is deleted: neither waits for the other in a circle, and nothing is left', async () => {
    // Between the counter and the event there is hardly a moment, so it is made longer.
    await service.sql(
      `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $f$`,
    );
    await service.sql(
      'CREATE TRIGGER dawdle BEFORE INSERT ON usage_events FOR EACH ROW EXECUTE FUNCTION dawdle()',
    );
    const { id, token } = await withLimit(-1);
    await post(token);
    const posts = Array.from({ length: 4 }, () => post(token));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await service.sql('DELETE FROM users WHERE id = $1', [id]);
    for (const { status } of await Promise.all(posts)) expect([200, 401]).toContain(status);
    expect(await rowsOf(id)).toEqual([]);
    await service.sql('DROP TRIGGER dawdle ON usage_events');
  });
});

it('a period is as far as its end when the sweep asks', async () => {
  const { id, token } = await withLimit(5);
  await post(token);
  const end = inDays(90);
  await service.sql('UPDATE subscriptions SET current_period_end = $2 WHERE user_id = $1', [id, end]);
  await post(token);
  const [counter] = await service.sql('SELECT period_end, used FROM usage_counters WHERE user_id = $1', [id]);
  expect(new Date(counter?.period_end).toISOString()).toBe(end);
  expect(Number(counter?.used)).toBe(2);
});
