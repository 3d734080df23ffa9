import { describe, expect, it } from 'vitest';
import { newAdmin } from '../support/accounts.ts';
import { auditOf, newTerms, plansOf, pricesOf, type WirePlan } from '../support/plans.ts';
import { useService } from '../support/service.ts';
import { stripeAccount } from '../support/stripe.ts';

const stripe = stripeAccount();
const service = useService({ STRIPE_SECRET_KEY: stripe.secretKey, STRIPE_API_URL: stripe.apiUrl });
const asAdmin = async () => plansOf(service, await newAdmin(service));
const planRows = (code: string) => service.sql('SELECT id FROM plans WHERE code = $1', [code]);

async function pricesAtStripe(code: string) {
  const { objects } = await stripe.control.state();
  return Object.values(objects.price ?? {}).filter(
    (price) => (price as { product: string }).product === `tollgate_${code}`,
  );
}

/** The SDK tries three times. */
const EVERY_ATTEMPT = 3;

describe('with Stripe away', () => {
  it.each([
    ['before anything was done', { status: 503 }],
    ['after the product was made', { status: 503, path: '/v1/prices', method: 'POST' }],
    ['where the price is looked for', { status: 503, path: '/v1/prices', method: 'GET' }],
    [
      'with the word of the price lost',
      { drop: true, path: '/v1/prices', method: 'POST', afterExecuting: true },
    ],
  ])('%s nothing is half made, and a retry makes one plan with one price', async (_when, fault) => {
    const admin = await asAdmin();
    const terms = newTerms();
    await stripe.control.faults({ count: EVERY_ATTEMPT, ...fault });
    const response = await admin.create(terms);
    await stripe.control.clearFaults();
    expect(response.status).toBe(503);
    expect(response.headers.get('Retry-After')).toBeTruthy();
    expect(await response.json()).toMatchObject({ code: 'billing_unavailable' });
    expect(await planRows(terms.code)).toEqual([]);

    const retry = await admin.create(terms);
    expect(retry.status).toBe(201);
    const { id } = await retry.json<WirePlan>();
    expect(await pricesOf(service, id)).toHaveLength(1);
    expect(await pricesAtStripe(terms.code)).toHaveLength(1);
  });

  it('a plan keeps its price, and a retry makes one new one', async () => {
    const admin = await asAdmin();
    const plan = await admin.made();
    const before = await pricesOf(service, plan.id);
    await stripe.control.faults({ count: EVERY_ATTEMPT, status: 503, path: '/v1/prices', method: 'POST' });
    expect((await admin.change(plan.id, { name: 'Crew', price_cents: 100 })).status).toBe(503);
    await stripe.control.clearFaults();
    expect(await pricesOf(service, plan.id)).toEqual(before);
    expect(await (await service.fetch(`/billing/plans/${plan.id}`)).json()).toEqual(plan);

    expect((await admin.change(plan.id, { name: 'Crew', price_cents: 100 })).status).toBe(200);
    expect(await pricesOf(service, plan.id)).toHaveLength(2);
    expect(await pricesAtStripe(plan.code)).toHaveLength(2);
  });

  it('a price that was made before Stripe failed is found again, and not made twice', async () => {
    const admin = await asAdmin();
    const failure = { status: 500, path: '/v1/prices', method: 'POST', afterExecuting: true };
    await stripe.control.faults({ count: EVERY_ATTEMPT, ...failure });
    const plan = await admin.made();
    expect(await pricesAtStripe(plan.code)).toMatchObject([
      { id: (await pricesOf(service, plan.id))[0]?.id },
    ]);
    expect((await admin.change(plan.id, { price_cents: 100 })).status).toBe(200);
    await stripe.control.clearFaults();
    expect(await pricesAtStripe(plan.code)).toHaveLength(2);
  });

  it('what costs nothing, and what is no price, is changed all the same', async () => {
    const admin = await asAdmin();
    const plan = await admin.made();
    await stripe.control.faults({ status: 503, count: 100 });
    expect((await admin.create({ ...newTerms(), price_cents: 0 })).status).toBe(201);
    expect((await admin.change(plan.id, { name: 'Crew', trial_days: 3 })).status).toBe(200);
    expect((await admin.delete(plan.id)).status).toBe(204);
    await stripe.control.clearFaults();
  });
});

it.each([
  ['currency', 'currency'],
  ['unit_amount', 'price_cents'],
])('a %s that Stripe does not take is a mistake in %s', async (param, field) => {
  const admin = await asAdmin();
  const terms = newTerms();
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (init?.method !== 'POST' || !url.endsWith('/v1/prices')) return real(input as RequestInfo, init);
    const error = { type: 'invalid_request_error', message: `Invalid ${param}: eur`, param };
    return Response.json({ error }, { status: 400 });
  };
  const response = await admin.create(terms).finally(() => {
    globalThis.fetch = real;
  });
  expect(response.status).toBe(422);
  const { errors } = await response.json<{ errors: object }>();
  expect(errors).toEqual({ [field]: 'Is not what payments can be taken in.' });
  expect(await planRows(terms.code)).toEqual([]);
});

describe('with the database away after Stripe has answered', () => {
  /** Lets the guard through and nothing after it. */
  const cutOff = async (act: () => Promise<Response>): Promise<Response> => {
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const response = await real(input as RequestInfo, init);
      if (url.includes('/v1/prices')) globalThis.fetch = broken;
      return response;
    };
    const broken: typeof fetch = (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (new URL(url).pathname === '/sql') return Promise.reject(new TypeError('no database'));
      return real(input as RequestInfo, init);
    };
    try {
      return await act();
    } finally {
      globalThis.fetch = real;
    }
  };

  it('a retry finds the price again', async () => {
    const admin = await asAdmin();
    const terms = newTerms();
    const response = await cutOff(() => admin.create(terms));
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([
      503,
      'database_unavailable',
    ]);
    expect(await planRows(terms.code)).toEqual([]);
    expect(await pricesAtStripe(terms.code)).toHaveLength(1);

    const { id } = await (await admin.create(terms)).json<WirePlan>();
    expect(await pricesAtStripe(terms.code)).toMatchObject([{ id: (await pricesOf(service, id))[0]?.id }]);

    expect((await cutOff(() => admin.change(id, { price_cents: 100 }))).status).toBe(503);
    expect((await admin.change(id, { price_cents: 100 })).status).toBe(200);
    expect(await pricesAtStripe(terms.code)).toHaveLength(2);
    expect(await auditOf(service, id)).toHaveLength(2);
  });
});

describe('with no payment provider', () => {
  const none = { STRIPE_SECRET_KEY: undefined };

  it('only what costs nothing can be made', async () => {
    const admin = await asAdmin();
    const terms = newTerms();
    const response = await admin.create(terms, none);
    expect([response.status, (await response.json<{ code: string }>()).code]).toEqual([
      503,
      'billing_not_configured',
    ]);
    expect(await planRows(terms.code)).toEqual([]);
    expect((await admin.create({ ...terms, price_cents: 0 }, none)).status).toBe(201);
  });

  it('a plan can be changed in everything but what it costs, or be made free', async () => {
    const admin = await asAdmin();
    const plan = await admin.made();
    expect((await admin.change(plan.id, { price_cents: 100 }, none)).status).toBe(503);
    expect((await admin.change(plan.id, { name: 'Crew' }, none)).status).toBe(200);
    expect((await admin.change(plan.id, { price_cents: 0 }, none)).status).toBe(200);
    expect((await pricesOf(service, plan.id)).map(({ current }) => current)).toEqual([false]);
  });
});
