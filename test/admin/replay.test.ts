import { beforeAll, describe, expect, inject, it } from 'vitest';
import { newAccount, newAdmin, type SignedIn } from '../support/accounts.ts';
import { purchase, useBilling } from '../support/billing.ts';
import { holdUntil, WAITING } from '../support/hold.ts';

const billing = useBilling();
const { service } = billing;
let admin: SignedIn;
beforeAll(async () => {
  admin = await newAdmin(service);
});

const AT_ONCE = inject('realPostgres') ? 30 : 5;

const get = (path: string) => service.fetch(`/admin/${path}`, { token: admin.token });
const post = (path: string) => service.post(`/admin/${path}`, undefined, { token: admin.token });
const outcome = async (response: Response) =>
  response.ok ? response.status : [response.status, (await response.json<{ code: string }>()).code];
/** Nobody gets the row before all have asked for it. */
const everyClickWaits = (table: 'stripe_events' | 'outbox', id: string) =>
  holdUntil(service, [`SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [id]], `${WAITING} >= ${AT_ONCE}`);
const putEvent = async (status: string) => {
  const id = `evt_${crypto.randomUUID()}`;
  await service.sql(`INSERT INTO stripe_events (id, type, status) VALUES ($1, 'invoice.paid', $2)`, [
    id,
    status,
  ]);
  return id;
};

describe('a dead event', () => {
  it('does when replayed what it would have done, from its ids alone', async () => {
    const bought = await purchase(billing);
    await billing.deliverEvents();
    const [event] = await service.sql(
      `UPDATE stripe_events SET status = 'dead', attempts = 60, last_error = 'billing_unavailable', created_at = now() - interval '4 days'
       WHERE type = 'customer.subscription.created' AND refs ->> 'subscription' = $1 RETURNING id`,
      [bought.subscriptionId],
    );
    await service.sql('DELETE FROM subscriptions WHERE provider_subscription_id = $1', [
      bought.subscriptionId,
    ]);
    const list = await get('billing/events?status=dead');
    expect(await list.json()).toMatchObject({
      data: [{ id: event?.id, event_id: event?.id, attempts: 60 }],
      total: 1,
    });

    expect(await outcome(await post(`billing/events/${event?.id}/replay`))).toBe(202);
    expect(service.billingQueued).toEqual([{ stripe_event_id: event?.id }]);
    await service.workOffBilling();
    const one = await get(`billing/events/${event?.id}`);
    expect(await one.json()).toMatchObject({ status: 'done', attempts: 61, last_error: null });
    expect(
      await service.sql('SELECT status FROM subscriptions WHERE provider_subscription_id = $1', [
        bought.subscriptionId,
      ]),
    ).toEqual([{ status: 'active' }]);
  });

  it('is replayed once by any number of clicks at once, and beside a cron that is at work', async () => {
    const id = await putEvent('dead');
    const before = service.billingQueued.length;
    const clicking = inject('realPostgres') && everyClickWaits('stripe_events', id);
    const answers = await Promise.all([
      ...Array.from({ length: AT_ONCE }, () => post(`billing/events/${id}/replay`)),
      service.runCron(),
    ]);
    await clicking;
    const outcomes = await Promise.all(answers.filter((answer) => answer !== undefined).map(outcome));
    expect(outcomes.filter((one) => one === 202)).toHaveLength(1);
    expect(outcomes.filter((one) => Array.isArray(one) && one[1] === 'event_not_replayable')).toHaveLength(
      AT_ONCE - 1,
    );
    expect(service.billingQueued.length - before).toBe(1);
    expect(await service.sql(`SELECT FROM admin_audit_logs WHERE target_id = $1`, [id])).toHaveLength(1);
  });

  it.each([
    ['dead', 202],
    ['failed', 202],
    ['orphan', 202],
    ['done', [409, 'event_not_replayable']],
    ['received', [409, 'event_not_replayable']],
    ['processing', [409, 'event_not_replayable']],
  ])('may be %s: %o', async (status, expected) => {
    expect(await outcome(await post(`billing/events/${await putEvent(status)}/replay`))).toEqual(expected);
  });

  it('is 404 where there is none', async () => {
    for (const id of ['evt_none', 'x%00y', '%F0%9F%92%A5', 'x'.repeat(300)]) {
      expect(await outcome(await get(`billing/events/${id}`))).toEqual([404, 'event_not_found']);
      expect(await outcome(await post(`billing/events/${id}/replay`))).toEqual([404, 'event_not_found']);
    }
  });
});

describe('a dead mail', () => {
  const putDead = async () => {
    const { id, email } = await newAccount(service);
    const [mail] = await service.sql(
      `UPDATE outbox SET status = 'dead', attempts = 4, last_error = '550 no' WHERE user_id = $1 RETURNING id`,
      [id],
    );
    service.queued.length = 0;
    return { id: mail?.id as string, email };
  };

  it('is seen without what it says, and sent when replayed', async () => {
    const { id, email } = await putDead();
    const list = await get(`mails?status=dead&kind=verify_email&recipient=${email.toUpperCase()}`);
    expect(await list.json()).toMatchObject({
      total: 1,
      data: [{ id, recipient: email, attempts: 4, last_error: '550 no' }],
    });
    const text = await (await get('mails')).text();
    expect(text).not.toMatch(/payload|token|username/);
    expect(await outcome(await post(`mails/${id}/replay`))).toBe(202);
    expect(service.queued).toEqual([{ outbox_id: id }]);
    await service.deliverQueued();
    expect(await service.mailsTo(email)).toHaveLength(1);
    expect(await outcome(await post(`mails/${id}/replay`))).toEqual([409, 'mail_not_replayable']);
  });

  it('is sent once by any number of clicks at once, and beside a cron that is at work', async () => {
    const { id, email } = await putDead();
    const clicking = inject('realPostgres') && everyClickWaits('outbox', id);
    const clicks = Array.from({ length: AT_ONCE }, () => post(`mails/${id}/replay`));
    const answers = await Promise.all([...clicks, service.runCron(), service.runCron()]);
    await clicking;
    await service.deliverQueued();
    const outcomes = await Promise.all(answers.filter((answer) => answer !== undefined).map(outcome));
    expect(outcomes.filter((one) => one === 202)).toHaveLength(1);
    expect(await service.mailsTo(email)).toHaveLength(1);
    expect(await service.sql('SELECT status FROM outbox WHERE id = $1', [id])).toEqual([{ status: 'sent' }]);
  });

  it('is 404 where there is none, and filters are checked', async () => {
    for (const id of ['x', crypto.randomUUID()]) {
      expect(await outcome(await post(`mails/${id}/replay`))).toEqual([404, 'mail_not_found']);
    }
    expect(await outcome(await get('mails?status=lost'))).toEqual([422, 'validation_failed']);
  });
});

describe('an alert', () => {
  it('is open until it is resolved, which can be said again', async () => {
    const [alert] = await service.sql(
      `INSERT INTO billing_alerts (kind, details, dedupe_key) VALUES ('unknown_subscription', '{"subscription":"sub_1"}', 'one') RETURNING id`,
    );
    const open = await get('billing/alerts?open=true');
    expect(await open.json()).toMatchObject({
      total: 1,
      data: [{ id: alert?.id, details: { subscription: 'sub_1' }, resolved_at: null }],
    });
    const resolved = await (await post(`billing/alerts/${alert?.id}/resolve`)).json();
    expect(resolved).toMatchObject({ id: alert?.id, resolved_at: expect.any(String) });
    expect(await (await post(`billing/alerts/${alert?.id}/resolve`)).json()).toEqual(resolved);
    expect(await (await get('billing/alerts?open=true')).json()).toMatchObject({ total: 0 });
    expect(await (await get('billing/alerts?open=false')).json()).toMatchObject({ total: 1 });
    expect(await outcome(await post(`billing/alerts/x/resolve`))).toEqual([404, 'alert_not_found']);
    expect(await outcome(await post(`billing/alerts/${crypto.randomUUID()}/resolve`))).toEqual([
      404,
      'alert_not_found',
    ]);
  });
});
