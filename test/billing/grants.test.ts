import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Account, newAccount, newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';
import { haveSubscription, inDays } from '../support/subscription-rows.ts';

type Subscription = { id: string; status: string; has_access: boolean; current_period_end: string | null };
type Problem = { code: string; errors?: Record<string, string> };

const service = useService();
let admin: SignedIn;
let user: Account;
beforeAll(async () => {
  admin = await newAdmin(service);
});
beforeEach(async () => {
  user = await newAccount(service);
});

const PATH = '/admin/billing/subscriptions';
const grant = (json: object = {}, token = admin.token) =>
  service.post(PATH, { user_id: user.id, plan_code: 'pro', ...json }, { token });
const granted = async (json: object = {}) => {
  const response = await grant(json);
  expect(response.status).toBe(201);
  return response.json<Subscription>();
};
const moveEnd = (id: string, json: object, token = admin.token) =>
  service.fetch(`${PATH}/${id}`, { method: 'PATCH', json, token });
const end = (id: string, token = admin.token) => service.post(`${PATH}/${id}/end`, undefined, { token });
const refusal = async (response: Response | Promise<Response>) => {
  const answered = await response;
  const { code } = await answered.json<Problem>();
  return [answered.status, code];
};
const audits = (target: string) =>
  service.sql(
    `SELECT admin_id, action, target_type, before, after, request_id FROM admin_audit_logs
     WHERE target_id = $1 ORDER BY created_at`,
    [target],
  );
const mails = (kind: string) =>
  service.sql('SELECT payload, dedupe_key FROM outbox WHERE user_id = $1 AND kind = $2', [user.id, kind]);
/** Mails go out a few at a time, in no order. */
const mailed = async (subject: string) =>
  (await service.mailsTo(user.email)).find((mail) => mail.subject === subject);
const runOut = (id: string) =>
  service.sql('UPDATE subscriptions SET current_period_end = now() WHERE id = $1', [id]);

describe('POST /admin/billing/subscriptions', () => {
  it('gives a user a plan without payment until an instant', async () => {
    const ends_at = inDays(14);
    const response = await grant({ ends_at });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      user_id: user.id,
      plan: { code: 'pro' },
      provider: 'manual',
      status: 'active',
      started_at: expect.any(String),
      current_period_end: ends_at,
      cancel_at_period_end: false,
      canceled_at: null,
      has_access: true,
    });
    const [row] = await service.sql('SELECT provider_subscription_id FROM subscriptions WHERE user_id = $1', [
      user.id,
    ]);
    expect(row?.provider_subscription_id).toMatch(/^manual_[0-9a-f-]{36}$/);
  });

  it('gives it without an end where none is said', async () => {
    expect(await granted()).toMatchObject({ current_period_end: null, has_access: true });
  });

  it('tells the user, once, and that nothing is charged', async () => {
    await granted({ ends_at: inDays(14) });
    const told = await mails('subscription_started');
    expect(told).toMatchObject([{ dedupe_key: expect.stringMatching(/^subscription_started:manual_/) }]);
    await service.deliverQueued();
    const mail = await mailed('Your Tollgate subscription has started');
    expect(mail?.text).toContain('nothing is charged');
  });

  it('writes down who did it, in which request, and why', async () => {
    const response = await service.post(
      PATH,
      { user_id: user.id, plan_code: 'pro', reason: ' Won the raffle ' },
      { token: admin.token, headers: { 'X-Request-Id': 'raffle-1' } },
    );
    const { id } = await response.json<Subscription>();
    expect(await audits(id)).toMatchObject([
      {
        admin_id: admin.id,
        action: 'subscription.grant',
        target_type: 'subscription',
        before: null,
        after: { user_id: user.id, provider: 'manual', status: 'active', reason: 'Won the raffle' },
        request_id: 'raffle-1',
      },
    ]);
  });

  it.each([
    ['the same plan', { plan_code: 'pro' }],
    ['a higher one', { plan_code: 'enterprise' }],
  ])('refuses who has one already: %s', async (_what, json) => {
    await granted();
    expect(await refusal(grant(json))).toEqual([409, 'already_subscribed']);
  });

  it('refuses who pays for one, also while that is about to end', async () => {
    const id = await haveSubscription(service, user.id, { cancel_at_period_end: true });
    expect(await refusal(grant())).toEqual([409, 'already_subscribed']);
    await runOut(id);
    await granted();
  });

  it('grants again what has run out, and to whom a payment is long due', async () => {
    const first = await granted();
    await runOut(first.id);
    await haveSubscription(service, user.id, { status: 'unpaid' });
    expect((await granted()).id).not.toBe(first.id);
  });

  it('is refused for an account that is deactivated, which is told nothing', async () => {
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [user.id]);
    expect(await refusal(grant())).toEqual([409, 'user_disabled']);
    expect(await service.sql('SELECT FROM subscriptions WHERE user_id = $1', [user.id])).toEqual([]);
    expect(await mails('subscription_started')).toEqual([]);
    await service.sql('UPDATE users SET is_active = true WHERE id = $1', [user.id]);
    await granted();
  });

  it('knows no stranger and no plan that is not sold', async () => {
    expect(await refusal(grant({ user_id: crypto.randomUUID() }))).toEqual([404, 'user_not_found']);
    expect(await refusal(grant({ plan_code: 'gold' }))).toEqual([404, 'plan_not_found']);
  });

  it.each([
    ['the free plan', { plan_code: 'free' }, 'plan_code'],
    ['an end that is past', { ends_at: inDays(-1) }, 'ends_at'],
    ['no time', { ends_at: 'tomorrow' }, 'ends_at'],
    ['a time without an offset', { ends_at: '2999-01-01T00:00:00' }, 'ends_at'],
    ['a year that is none', { ends_at: '0000-01-01T00:00:00Z' }, 'ends_at'],
    ['a year of five digits', { ends_at: '9999-12-31T23:59:59-10:00' }, 'ends_at'],
    ['no user', { user_id: 'nobody' }, 'user_id'],
    ['a long reason', { reason: 'x'.repeat(501) }, 'reason'],
  ])('refuses %s', async (_what, json, field) => {
    const response = await grant(json);
    expect(response.status).toBe(422);
    const { code, errors } = await response.json<Problem>();
    expect([code, Object.keys(errors ?? {})]).toEqual(['validation_failed', [field]]);
    expect(await service.sql('SELECT FROM subscriptions WHERE user_id = $1', [user.id])).toHaveLength(0);
  });

  it('takes two round trips', async () => {
    expect(await service.roundTrips(() => granted())).toBe(2);
  });

  it('grants one of 30 at once, with one audit row and one mail, every time', async () => {
    for (let round = 0; round < rounds(8); round++) {
      user = await newAccount(service);
      const plans = ['pro', 'enterprise'];
      const responses = await Promise.all(
        Array.from({ length: 30 }, (_, index) => grant({ plan_code: plans[index % 2] })),
      );
      const statuses = responses.map((response) => response.status).sort();
      expect(statuses).toEqual([201, ...Array(29).fill(409)]);
      const rows = await service.sql('SELECT id FROM subscriptions WHERE user_id = $1', [user.id]);
      expect(rows).toHaveLength(1);
      expect(await audits(rows[0]?.id)).toHaveLength(1);
      expect(await mails('subscription_started')).toHaveLength(1);
    }
  });
});

describe('PATCH /admin/billing/subscriptions/{id}', () => {
  it('extends and shortens, and writes down both ends', async () => {
    const [soon, later] = [inDays(3), inDays(30)];
    const { id } = await granted({ ends_at: soon });
    const response = await moveEnd(id, { ends_at: later });
    expect([response.status, await response.json()]).toMatchObject([200, { current_period_end: later }]);
    const shorter = await moveEnd(id, { ends_at: soon });
    expect(await shorter.json()).toMatchObject({ current_period_end: soon, has_access: true });
    const ends = (await audits(id)).slice(1).map(({ action, before, after }) => ({
      action,
      from: new Date(before.current_period_end).toISOString(),
      to: new Date(after.current_period_end).toISOString(),
    }));
    expect(ends).toEqual([
      { action: 'subscription.update', from: soon, to: later },
      { action: 'subscription.update', from: later, to: soon },
    ]);
  });

  it('takes the end away, and with it a cancellation that would have waited for it', async () => {
    const { id } = await granted({ ends_at: inDays(3) });
    await service.sql(
      'UPDATE subscriptions SET cancel_at_period_end = true, canceled_at = now() WHERE id = $1',
      [id],
    );
    const response = await moveEnd(id, { ends_at: null });
    expect(await response.json()).toMatchObject({
      current_period_end: null,
      cancel_at_period_end: false,
      canceled_at: null,
    });
  });

  it('refuses what is past, and needs to be told', async () => {
    const { id } = await granted();
    for (const json of [{ ends_at: inDays(-1) }, {}, { ends_at: 'never' }]) {
      const response = await moveEnd(id, json);
      expect(response.status).toBe(422);
      expect(Object.keys((await response.json<Problem>()).errors ?? {})).toEqual(['ends_at']);
    }
  });

  it('brings back none that has ended', async () => {
    const ended = await granted();
    await end(ended.id);
    expect(await refusal(moveEnd(ended.id, { ends_at: inDays(1) }))).toEqual([409, 'subscription_ended']);
    const over = await granted();
    await runOut(over.id);
    expect(await refusal(moveEnd(over.id, { ends_at: inDays(1) }))).toEqual([409, 'subscription_ended']);
    expect(await refusal(moveEnd(over.id, { ends_at: null }))).toEqual([409, 'subscription_ended']);
  });

  it('is not for what is paid for, nor for what is not there', async () => {
    const id = await haveSubscription(service, user.id);
    expect(await refusal(moveEnd(id, { ends_at: inDays(1) }))).toEqual([409, 'unsupported_by_provider']);
    for (const other of [crypto.randomUUID(), 'x']) {
      expect(await refusal(moveEnd(other, { ends_at: null }))).toEqual([404, 'subscription_not_found']);
    }
  });
});

describe('POST /admin/billing/subscriptions/{id}/end', () => {
  it('ends a granted one now, tells the user and writes it down', async () => {
    const { id } = await granted({ ends_at: inDays(3) });
    const response = await end(id);
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { id, status: 'canceled', has_access: false, canceled_at: expect.any(String) },
    ]);
    expect(await mails('subscription_ended')).toMatchObject([
      { dedupe_key: expect.stringMatching(/^subscription_ended:manual_[0-9a-f-]{36}$/) },
    ]);
    await service.deliverQueued();
    expect(await mailed('Your Tollgate subscription has ended')).toBeDefined();
    expect((await audits(id)).at(-1)).toMatchObject({
      action: 'subscription.end',
      before: { status: 'active', ended_at: null },
      after: { status: 'canceled', ended_at: expect.any(String) },
    });
  });

  it('leaves one that has ended as it is, without another mail or audit row', async () => {
    const { id } = await granted();
    const first = await (await end(id)).json();
    const again = await end(id);
    expect([again.status, await again.json()]).toEqual([200, first]);
    expect(await mails('subscription_ended')).toHaveLength(1);
    expect(await audits(id)).toHaveLength(2);
  });

  it('lets the user have another one afterwards', async () => {
    await end((await granted()).id);
    expect(await granted()).toMatchObject({ has_access: true });
  });

  it('ends one of 30 times at once', async () => {
    for (let round = 0; round < rounds(4); round++) {
      user = await newAccount(service);
      const { id } = await granted();
      const responses = await Promise.all(Array.from({ length: 30 }, () => end(id)));
      expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
      expect(await audits(id)).toHaveLength(2);
      expect(await mails('subscription_ended')).toHaveLength(1);
    }
  });

  it('wins over whatever moves the end at the same moment', async () => {
    for (let round = 0; round < rounds(6); round++) {
      user = await newAccount(service);
      const { id } = await granted({ ends_at: inDays(3) });
      await Promise.all([
        ...Array.from({ length: 10 }, (_, index) => moveEnd(id, { ends_at: inDays(index + 4) })),
        end(id),
        ...Array.from({ length: 10 }, (_, index) => moveEnd(id, { ends_at: inDays(index + 20) })),
      ]);
      const [row] = await service.sql(
        'SELECT status, current_period_end <= now() AS over FROM subscriptions WHERE id = $1',
        [id],
      );
      expect(row).toEqual({ status: 'canceled', over: true });
      // Each row of the log begins where the one before it left off.
      const log = await service.sql(
        `SELECT count(*) FILTER (WHERE before IS NOT NULL AND NOT EXISTS (
                  SELECT FROM admin_audit_logs AS other WHERE other.target_id = log.target_id
                    AND other.after - 'reason' = log.before))::int AS gaps
         FROM admin_audit_logs AS log WHERE target_id = $1`,
        [id],
      );
      expect(log).toEqual([{ gaps: 0 }]);
    }
  });

  it('knows none that is not there', async () => {
    expect(await refusal(end(crypto.randomUUID()))).toEqual([404, 'subscription_not_found']);
    expect(await refusal(end('x'))).toEqual([404, 'subscription_not_found']);
  });
});

describe('the guard', () => {
  it('lets nobody through but an administrator who is one now', async () => {
    const { id } = await granted();
    const acts = (token?: string) => [
      service.post(PATH, { user_id: user.id, plan_code: 'pro' }, token ? { token } : {}),
      service.fetch(`${PATH}/${id}`, { method: 'PATCH', json: { ends_at: null }, ...(token && { token }) }),
      service.post(`${PATH}/${id}/end`, undefined, token ? { token } : {}),
    ];
    for (const act of acts()) expect(await refusal(act)).toEqual([401, 'invalid_token']);
    const anybody = await newSession(service);
    for (const act of acts(anybody.token)) expect(await refusal(act)).toEqual([403, 'admin_required']);
    const former = await newAdmin(service);
    await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [former.id]);
    for (const act of acts(former.token)) expect(await refusal(act)).toEqual([403, 'admin_required']);
    const unproven = await newAdmin(service);
    await service.sql('UPDATE users SET is_verified = false WHERE id = $1', [unproven.id]);
    for (const act of acts(unproven.token)) expect(await refusal(act)).toEqual([403, 'email_not_verified']);
    expect(await audits(id)).toHaveLength(1);
  });
});
