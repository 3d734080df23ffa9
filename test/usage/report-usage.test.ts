import { beforeAll, describe, expect, it } from 'vitest';
import { logIn, newSession, type SignedIn } from '../support/accounts.ts';
import { purchase, useBilling } from '../support/billing.ts';
import { haveSubscription } from '../support/subscription-rows.ts';

const billing = useBilling({ STRIPE_METERS: 'items=acme_items' });
const { service, stripe, control } = billing;

/** Asks the emulator as the dashboard would. */
const dashboard = async (method: string, path: string, form?: Record<string, string>) => {
  const response = await fetch(`${stripe.apiUrl}${path}`, {
    method,
    headers: { Authorization: `Bearer ${stripe.secretKey}`, 'Stripe-Version': '2026-10-28.endive' },
    ...(form && { body: new URLSearchParams(form) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json<{ id: string; data: { aggregated_value: number }[] }>();
};

let meter: string;
beforeAll(async () => {
  ({ id: meter } = await dashboard('POST', '/v1/billing/meters', {
    display_name: 'Items',
    event_name: 'acme_items',
    'default_aggregation[formula]': 'sum',
  }));
});

type Customer = SignedIn & { customerId: string };

/** Somebody who pays for a plan. */
async function newCustomer(): Promise<Customer> {
  const { account, customerId } = await purchase(billing);
  await billing.deliverEvents();
  return { ...(await logIn(service, account)), customerId };
}

const post = async ({ token }: SignedIn, quantity = 1, metric = 'items') => {
  const response = await service.post(
    '/usage',
    { metric, quantity, idempotency_key: crypto.randomUUID() },
    { token },
  );
  expect(response.status).toBe(200);
};

/** What Stripe charges a customer for. */
async function charged({ customerId }: Customer): Promise<number> {
  const now = Math.floor(Date.now() / 1_000);
  const query = new URLSearchParams({
    customer: customerId,
    start_time: String(now - 86_400),
    end_time: String(now + 86_400),
  });
  const { data } = await dashboard('GET', `/v1/billing/meters/${meter}/event_summaries?${query}`);
  return data[0]?.aggregated_value ?? 0;
}

const readings = async ({ customerId }: Customer) =>
  (await control.requests()).filter(
    ({ path, params, status, replayed }) =>
      path === '/v1/billing/meter_events' &&
      (params.payload as Record<string, string>).stripe_customer_id === customerId &&
      status === 200 &&
      !replayed,
  );

const tasksOf = ({ customerId }: Customer) =>
  service.sql(
    `SELECT id, status, attempts, last_error, payload FROM billing_tasks
     WHERE kind = 'report_usage' AND payload->>'customer_id' = $1 ORDER BY created_at`,
    [customerId],
  );

/** Time passes that a retry waits for. */
const wait = (set = 'next_attempt_at = now(), locked_until = NULL') =>
  service.sql(`UPDATE billing_tasks SET ${set} WHERE kind = 'report_usage' AND status = 'pending'`);

describe('what is charged for by use', () => {
  it('is told to Stripe as a total, once, with the time of its use', async () => {
    const customer = await newCustomer();
    await post(customer, 3);
    await post(customer, 4);
    await post(customer, 1, 'secondary');
    expect(await charged(customer)).toBe(0);
    await service.runCron();
    await service.workOffBilling();
    expect(await charged(customer)).toBe(7);

    await post(customer, 5);
    for (let run = 0; run < 3; run++) {
      await service.runCron();
      await service.workOffBilling();
    }
    expect(await charged(customer)).toBe(12);
    const sent = await readings(customer);
    expect(sent).toHaveLength(2);
    expect(sent.map(({ params }) => params)).toMatchObject([
      { event_name: 'acme_items', payload: { value: '7' } },
      { event_name: 'acme_items', payload: { value: '5' } },
    ]);
    for (const { params, idempotency_key } of sent) {
      expect(params.identifier).toMatch(/^usage:[0-9a-f-]{36}$/);
      expect(idempotency_key).toBe(params.identifier);
    }
    expect(await control.violations()).toEqual([]);
  });

  it('is added up once by any number of runs at once, with reports still coming in', async () => {
    const customer = await newCustomer();
    await Promise.all(Array.from({ length: 20 }, () => post(customer)));
    await Promise.all([
      ...Array.from({ length: 8 }, () => service.runCron()),
      ...Array.from({ length: 10 }, () => post(customer)),
    ]);
    await service.runCron();
    await service.workOffBilling();
    expect(await charged(customer)).toBe(30);
    const left = await service.sql(
      'SELECT FROM usage_events WHERE user_id = $1 AND meter_report_id IS NULL',
      [customer.id],
    );
    expect(left).toEqual([]);
  });

  it('is a total for each period and customer', async () => {
    const [one, other] = [await newCustomer(), await newCustomer()];
    await post(one, 2);
    await service.sql(`UPDATE subscriptions SET current_period_start = now() WHERE user_id = $1`, [one.id]);
    await post(one, 3);
    await post(other, 4);
    await service.runCron();
    await service.workOffBilling();
    expect((await tasksOf(one)).map(({ payload }) => payload.quantity).toSorted()).toEqual([2, 3]);
    expect([await charged(one), await charged(other)]).toEqual([5, 4]);
  });

  it('is not what somebody used without paying: on the free plan, or one that was granted', async () => {
    const free = await newSession(service);
    const granted = await newSession(service);
    await haveSubscription(service, granted.id, { provider: 'manual', provider_customer_id: 'cus_x' });
    await post(free);
    await post(granted);
    await service.runCron();
    const events = await service.sql('SELECT meter_report_id FROM usage_events WHERE user_id = ANY ($1)', [
      [free.id, granted.id],
    ]);
    expect(events).toEqual([{ meter_report_id: null }, { meter_report_id: null }]);
    expect(await service.sql(`SELECT FROM billing_tasks WHERE status = 'pending'`)).toEqual([]);
  });
});

describe('a report that does not come through', () => {
  it.each<[string, Parameters<typeof control.faults>[0]]>([
    ['because Stripe is away', { path: '/v1/billing/meter_events', status: 503, count: 9 }],
    ['because it fails inside Stripe', { path: '/v1/billing/meter_events', status: 500, count: 2 }],
    [
      'because its answer was lost',
      { path: '/v1/billing/meter_events', drop: true, afterExecuting: true, count: 9 },
    ],
  ])('%s is tried again, and charged for once', async (_why, fault) => {
    const customer = await newCustomer();
    await post(customer, 6);
    await control.faults(fault);
    await service.runCron();
    await service.workOffBilling();
    await control.clearFaults();
    await wait();
    await service.runCron();
    expect(await tasksOf(customer)).toMatchObject([{ status: 'done' }]);
    expect(await charged(customer)).toBe(6);
  });

  it('because Stripe says 500 when it has counted it is known by its identifier, under another key', async () => {
    const customer = await newCustomer();
    await post(customer, 6);
    await control.faults({ path: '/v1/billing/meter_events', status: 500, afterExecuting: true });
    await service.runCron();
    await service.workOffBilling();
    expect(await tasksOf(customer)).toMatchObject([{ status: 'done', attempts: 1 }]);
    const keys = (await control.requests())
      .filter(({ params }) => (params.payload as { value?: string } | undefined)?.value === '6')
      .map(({ idempotency_key }) => idempotency_key)
      .slice(-2);
    expect(keys).toEqual([expect.stringMatching(/^usage:[0-9a-f-]{36}$/), `${keys[0]}:2`]);
    expect(await charged(customer)).toBe(6);
  });

  it('because we died when Stripe had taken it is charged for once', async () => {
    const customer = await newCustomer();
    await post(customer, 6);
    await service.runCron();
    await service.workOffBilling();
    await service.sql(
      `UPDATE billing_tasks SET status = 'pending', next_attempt_at = now() WHERE payload->>'customer_id' = $1`,
      [customer.customerId],
    );
    await service.runCron();
    expect(await tasksOf(customer)).toMatchObject([{ status: 'done', attempts: 2 }]);
    expect(await charged(customer)).toBe(6);
  });

  it('for longer than Stripe knows it again is left to a person', async () => {
    const customer = await newCustomer();
    await post(customer, 6);
    await service.runCron();
    await service.workOffBilling();
    await wait();
    await service.sql(
      `UPDATE billing_tasks SET status = 'pending', created_at = now() - interval '24 hours', next_attempt_at = now()
       WHERE payload->>'customer_id' = $1`,
      [customer.customerId],
    );
    const before = (await readings(customer)).length;
    await service.runCron();
    expect(await tasksOf(customer)).toMatchObject([
      { status: 'dead', last_error: expect.stringContaining('too long ago') },
    ]);
    expect(await readings(customer)).toHaveLength(before);
  });

  it('because nobody is there any more has nothing to do', async () => {
    const customer = await newCustomer();
    await post(customer, 6);
    await service.runCron();
    await service.deps().seller?.sales.deleteCustomer(customer.customerId, crypto.randomUUID());
    await service.workOffBilling();
    expect(await tasksOf(customer)).toMatchObject([{ status: 'done' }]);
  });

  it('because there is no such meter is tried again, and says why', async () => {
    const customer = await newCustomer();
    const nowhere = { STRIPE_METERS: 'items=nowhere' };
    await service.fetch(
      '/usage',
      { method: 'POST', token: customer.token, json: { metric: 'items', quantity: 1, idempotency_key: 'a' } },
      nowhere,
    );
    await service.runCron('* * * * *', nowhere);
    await service.workOffBilling();
    const [task] = await tasksOf(customer);
    expect(task).toMatchObject({ status: 'pending', attempts: 1 });
    expect(task?.last_error).toContain('event_name');
  });
});

it('without a meter nothing waits to be charged for', async () => {
  const customer = await newCustomer();
  const json = { metric: 'items', quantity: 1, idempotency_key: 'a' };
  const none = { STRIPE_METERS: '' };
  await service.fetch('/usage', { method: 'POST', token: customer.token, json }, none);
  await service.runCron('* * * * *', none);
  await service.runCron();
  expect(await tasksOf(customer)).toEqual([]);
});

it('a meter of something that is not counted, or that is none, refuses to serve', async () => {
  for (const STRIPE_METERS of [
    'widgets=acme',
    'items',
    'items=',
    '=x',
    'items=a b',
    'items=a,,secondary=b',
  ]) {
    const response = await service.fetch('/health', {}, { STRIPE_METERS });
    expect([STRIPE_METERS, (await response.json<{ code: string }>()).code]).toEqual([
      STRIPE_METERS,
      'misconfigured',
    ]);
  }
});
