import { beforeAll, describe, expect, it } from 'vitest';
import { newAdmin, newSession, type SignedIn } from '../support/accounts.ts';
import { auditOf, newTerms, plansOf, pricesOf, tasks, type WirePlan } from '../support/plans.ts';
import { useService } from '../support/service.ts';
import { stripeAccount } from '../support/stripe.ts';

const stripe = stripeAccount();
const service = useService({ STRIPE_SECRET_KEY: stripe.secretKey, STRIPE_API_URL: stripe.apiUrl });
let administrator: SignedIn;
let admin: ReturnType<typeof plansOf>;
beforeAll(async () => {
  administrator = await newAdmin(service);
  admin = plansOf(service, administrator);
});

const unknownId = crypto.randomUUID();
const planAt = async (id: string) => (await service.fetch(`/billing/plans/${id}`)).json<WirePlan>();
const codeOf = async (response: Response) => (await response.json<{ code: string }>()).code;
/** Everything that Stripe has of a plan. */
async function atStripe(code: string) {
  const { objects } = await stripe.control.state();
  const product = objects.product?.[`tollgate_${code}`] as { name: string } | undefined;
  const prices = Object.values(objects.price ?? {}) as {
    id: string;
    product: string;
    unit_amount: number;
    active: boolean;
    currency: string;
    lookup_key: string | null;
    recurring: { interval: string };
  }[];
  return { product, prices: prices.filter((price) => price.product === `tollgate_${code}`) };
}

describe('who may change plans', () => {
  const acts: [string, (as: ReturnType<typeof plansOf>) => Promise<Response>][] = [
    ['POST', (as) => as.create(newTerms())],
    ['PATCH', (as) => as.change(unknownId, { name: 'Mine' })],
    ['DELETE', (as) => as.delete(unknownId)],
  ];
  const demoted = async () => {
    const session = await newAdmin(service);
    await service.sql('UPDATE users SET is_admin = false WHERE id = $1', [session.id]);
    return session;
  };
  const unverified = async () => {
    const session = await newSession(service, { verified: false });
    await service.sql('UPDATE users SET is_admin = true WHERE id = $1', [session.id]);
    return session;
  };
  const disabled = async () => {
    const session = await newAdmin(service);
    await service.sql('UPDATE users SET is_active = false WHERE id = $1', [session.id]);
    return session;
  };
  const who: [string, () => Promise<{ token?: string }>, number, string][] = [
    ['nobody in particular', async () => ({}), 401, 'invalid_token'],
    ['a user', () => newSession(service), 403, 'admin_required'],
    ['one who was an administrator', demoted, 403, 'admin_required'],
    ['an administrator without a proven mailbox', unverified, 403, 'email_not_verified'],
    ['a disabled administrator', disabled, 403, 'account_disabled'],
  ];
  it.each(who)('not %s', async (_name, session, status, code) => {
    const as = plansOf(service, await session());
    for (const [method, act] of acts) {
      const response = await act(as);
      expect([method, response.status, await codeOf(response)]).toEqual([method, status, code]);
    }
  });
});

describe('POST /billing/plans', () => {
  it('makes the plan, and its product and price at Stripe', async () => {
    const terms = newTerms();
    const response = await admin.create(terms);
    expect(response.status).toBe(201);
    const plan = await response.json<WirePlan>();
    expect(plan).toEqual({ ...terms, id: expect.any(String), is_active: true });
    expect(await planAt(plan.id)).toEqual(plan);

    const { product, prices } = await atStripe(terms.code);
    expect(product?.name).toBe('Team');
    expect(prices).toMatchObject([
      { unit_amount: 4_900, currency: 'eur', recurring: { interval: 'month' }, lookup_key: terms.code },
    ]);
    expect(await pricesOf(service, plan.id)).toEqual([
      { id: prices[0]?.id, price_cents: 4_900, currency: 'EUR', billing_period: 'monthly', current: true },
    ]);
    expect(await auditOf(service, plan.id)).toEqual([
      {
        admin_id: administrator.id,
        action: 'plan.create',
        target_type: 'plan',
        before: null,
        after: plan,
        request_id: response.headers.get('X-Request-Id'),
      },
    ]);
  });

  it('asks Stripe for nothing when the plan costs nothing', async () => {
    const before = await stripe.control.requests();
    const plan = await admin.made({ price_cents: 0 });
    expect(await pricesOf(service, plan.id)).toEqual([]);
    expect(await stripe.control.requests()).toEqual(before);
  });

  it('takes a currency in small letters, and no trial and access to the API where nothing is said', async () => {
    const { trial_days: _, ...terms } = newTerms();
    const plan = await admin.made({
      ...terms,
      trial_days: undefined,
      currency: 'chf',
      limits: { max_items: -1, max_secondary: 0 },
    });
    expect(plan).toMatchObject({
      currency: 'CHF',
      trial_days: 0,
      limits: { max_items: -1, max_secondary: 0, api_access: true },
    });
  });

  it('lets nobody say what it is not for them to say', async () => {
    const plan = await admin.made({
      price_cents: 0,
      id: unknownId,
      is_active: false,
      provider_price_id: 'price_x',
    });
    expect(plan.id).not.toBe(unknownId);
    expect(plan.is_active).toBe(true);
  });

  it('refuses a code that is taken, also by a deleted plan, before it asks Stripe', async () => {
    const plan = await admin.made();
    const before = await stripe.control.requests();
    const taken = await admin.create({ ...newTerms(), code: plan.code, price_cents: 100 });
    expect([taken.status, await codeOf(taken)]).toEqual([409, 'plan_code_taken']);
    await admin.delete(plan.id);
    expect((await admin.create({ ...newTerms(), code: plan.code })).status).toBe(409);
    expect(await stripe.control.requests()).toEqual(before);
  });

  const big = 2_147_483_648;
  it.each<[string, Record<string, unknown>]>([
    ['name', { name: '' }],
    ['name', { name: '   ' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 'two\nlines' }],
    ['name', { name: 7 }],
    ['name', { name: undefined }],
    ['code', { code: 'Team' }],
    ['code', { code: 'a b' }],
    ['code', { code: '-a' }],
    ['code', { code: 'a--b' }],
    ['code', { code: 'x'.repeat(51) }],
    ['code', { code: '' }],
    ['price_cents', { price_cents: -1 }],
    ['price_cents', { price_cents: 19.5 }],
    ['price_cents', { price_cents: '1900' }],
    ['price_cents', { price_cents: 100_000_000 }],
    ['price_cents', { price_cents: null }],
    ['currency', { currency: 'EURO' }],
    ['currency', { currency: 'E1R' }],
    ['currency', { currency: 'QQQ' }],
    ['currency', { currency: undefined }],
    ['billing_period', { billing_period: 'weekly' }],
    ['tier', { tier: 'gold' }],
    ['trial_days', { trial_days: -1 }],
    ['trial_days', { trial_days: 731 }],
    ['trial_days', { trial_days: 0.5 }],
    ['limits', { limits: undefined }],
    ['limits.max_items', { limits: { max_items: -2, max_secondary: 1, api_access: true } }],
    ['limits.max_items', { limits: { max_items: big, max_secondary: 1, api_access: true } }],
    ['limits.max_secondary', { limits: { max_items: 1, max_secondary: 0.5, api_access: true } }],
    ['limits.max_secondary', { limits: { max_items: 1 } }],
    ['limits.api_access', { limits: { max_items: 1, max_secondary: 1, api_access: 'yes' } }],
  ])('refuses %s of %j', async (field, wrong) => {
    const response = await admin.create({ ...newTerms(), ...wrong });
    expect(response.status).toBe(422);
    const { code, errors } = await response.json<{ code: string; errors: object }>();
    expect(code).toBe('validation_failed');
    expect(Object.keys(errors)).toEqual([field]);
  });
});

describe('PATCH /billing/plans/{id}', () => {
  it('changes what is named and no more, and writes down what it was', async () => {
    const plan = await admin.made();
    const before = await stripe.control.requests();
    const response = await admin.change(plan.id, {
      tier: 'enterprise',
      limits: { max_items: -1 },
      trial_days: 0,
    });
    expect(response.status).toBe(200);
    const changed = {
      ...plan,
      tier: 'enterprise',
      trial_days: 0,
      limits: { ...plan.limits, max_items: -1 },
    };
    expect(await response.json()).toEqual(changed);
    expect(await planAt(plan.id)).toEqual(changed);
    expect((await auditOf(service, plan.id)).at(-1)).toEqual({
      admin_id: administrator.id,
      action: 'plan.update',
      target_type: 'plan',
      before: plan,
      after: changed,
      request_id: response.headers.get('X-Request-Id'),
    });
    expect(await stripe.control.requests()).toEqual(before);
  });

  it.each<[string, object, object, object]>([
    ['amount', { price_cents: 5_900 }, { unit_amount: 5_900 }, { price_cents: 5_900 }],
    ['currency', { currency: 'usd' }, { currency: 'usd' }, { currency: 'USD' }],
    [
      'period',
      { billing_period: 'yearly' },
      { recurring: { interval: 'year' } },
      { billing_period: 'yearly' },
    ],
  ])(
    'a new %s is a new price at Stripe; the old one stays known and is archived',
    async (_what, change, made, row) => {
      const plan = await admin.made();
      const [old] = await pricesOf(service, plan.id);
      const response = await admin.change(plan.id, change);
      expect(await response.json()).toEqual({ ...plan, ...row });

      const { prices } = await atStripe(plan.code);
      expect(prices).toHaveLength(2);
      const price = prices.find(({ id }) => id !== old?.id);
      expect(price).toMatchObject({ ...made, lookup_key: plan.code });
      expect(await pricesOf(service, plan.id)).toEqual([
        { ...old, current: false },
        { ...old, ...row, id: price?.id, current: true },
      ]);
      const [task] = (await tasks(service)).filter(({ payload }) => payload.price_id === old?.id);
      expect(task).toMatchObject({ kind: 'archive_price', dedupe_key: `archive_price:${old?.id}` });
      expect(service.billingQueued).toContainEqual({ billing_task_id: task?.id });
    },
  );

  it('gives each price back and forth a price of its own', async () => {
    const plan = await admin.made();
    for (const price_cents of [5_900, 4_900, 5_900, 0, 5_900, 0]) {
      expect((await admin.change(plan.id, { price_cents })).status).toBe(200);
    }
    const rows = await pricesOf(service, plan.id);
    expect(rows.map((row) => row.price_cents)).toEqual([4_900, 5_900, 4_900, 5_900, 5_900]);
    expect(new Set(rows.map((row) => row.id)).size).toBe(5);
    expect(rows.filter((row) => row.current)).toEqual([]);
    expect(
      (await tasks(service)).filter(({ payload }) => rows.some(({ id }) => id === payload.price_id)),
    ).toHaveLength(5);
  });

  it('has the product renamed at Stripe', async () => {
    const plan = await admin.made();
    await admin.change(plan.id, { name: 'Crew' });
    await admin.change(plan.id, { name: 'Team' });
    await admin.change(plan.id, { name: 'Troop' });
    const renamings = (await tasks(service)).filter(({ payload }) => payload.code === plan.code);
    // One that is overtaken before it was done is not done later.
    expect(renamings.map(({ kind, payload, status }) => [kind, payload.name, status])).toEqual([
      ['rename_product', 'Crew', 'done'],
      ['rename_product', 'Team', 'done'],
      ['rename_product', 'Troop', 'pending'],
    ]);
    for (const { id } of renamings) expect(service.billingQueued).toContainEqual({ billing_task_id: id });
  });

  it('has what follows from it done at Stripe', async () => {
    const plan = await admin.made();
    const [old] = await pricesOf(service, plan.id);
    await admin.change(plan.id, { name: 'Crew', price_cents: 100 });
    await service.workOffBilling();
    const { product, prices } = await atStripe(plan.code);
    expect(product?.name).toBe('Crew');
    const sold = prices.map(({ id, unit_amount, active }) => [unit_amount, active, id === old?.id]);
    expect(sold.sort()).toEqual([
      [100, true, false],
      [4_900, false, true],
    ]);
  });

  it('has nothing renamed that is not at Stripe', async () => {
    const plan = await admin.made({ price_cents: 0 });
    await admin.change(plan.id, { name: 'Crew' });
    expect((await tasks(service)).filter(({ payload }) => payload.code === plan.code)).toEqual([]);
  });

  it.each([{}, { limits: {} }, { name: 'Team', price_cents: 4_900 }])(
    'of %j changes nothing',
    async (change) => {
      const plan = await admin.made();
      const trips = await service.roundTrips(async () => {
        const response = await admin.change(plan.id, { ...change, code: plan.code });
        expect([response.status, await response.json()]).toEqual([200, plan]);
      });
      expect(trips).toBe(1);
      expect(await auditOf(service, plan.id)).toHaveLength(1);
      expect(await pricesOf(service, plan.id)).toHaveLength(1);
    },
  );

  it.each<[string, unknown]>([
    ['code', { code: 'another' }],
    ['price_cents', { price_cents: -1 }],
    ['name', { name: null }],
    ['currency', { currency: 'XX' }],
    ['limits.max_items', { limits: { max_items: -2 } }],
  ])('refuses %s of %j', async (field, change) => {
    const plan = await admin.made();
    const response = await admin.change(plan.id, change);
    expect(response.status).toBe(422);
    expect(Object.keys((await response.json<{ errors: object }>()).errors)).toEqual([field]);
    expect(await planAt(plan.id)).toEqual(plan);
  });

  it('keeps the free plan free', async () => {
    const [free] = await service.sql("SELECT id FROM plans WHERE code = 'free'");
    const response = await admin.change(free?.id, { price_cents: 100, tier: 'pro' });
    expect(response.status).toBe(422);
    expect(Object.keys((await response.json<{ errors: object }>()).errors).sort()).toEqual([
      'price_cents',
      'tier',
    ]);
    expect((await admin.change(free?.id, { limits: { max_items: 12 } })).status).toBe(200);
  });

  it.each([unknownId, 'nonsense'])('knows no plan %s', async (id) => {
    const response = await admin.change(id, { name: 'Mine' });
    expect([response.status, await codeOf(response)]).toEqual([404, 'plan_not_found']);
  });
});

describe('DELETE /billing/plans/{id}', () => {
  it('takes the plan and its price off sale, once', async () => {
    const plan = await admin.made();
    const [price] = await pricesOf(service, plan.id);
    const response = await admin.delete(plan.id);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(await pricesOf(service, plan.id)).toEqual([{ ...price, current: false }]);
    expect((await tasks(service)).filter(({ payload }) => payload.price_id === price?.id)).toMatchObject([
      { kind: 'archive_price' },
    ]);
    expect((await auditOf(service, plan.id)).at(-1)).toEqual({
      admin_id: administrator.id,
      action: 'plan.delete',
      target_type: 'plan',
      before: plan,
      after: { ...plan, is_active: false },
      request_id: response.headers.get('X-Request-Id'),
    });

    const again = await admin.delete(plan.id);
    expect([again.status, await codeOf(again)]).toEqual([409, 'plan_already_deleted']);
    const changed = await admin.change(plan.id, { name: 'Crew' });
    expect([changed.status, await codeOf(changed)]).toEqual([409, 'plan_already_deleted']);
    expect(await auditOf(service, plan.id)).toHaveLength(2);
  });

  it('leaves the free plan, which is what everybody has', async () => {
    const [free] = await service.sql("SELECT id FROM plans WHERE code = 'free'");
    const response = await admin.delete(free?.id);
    expect([response.status, await codeOf(response)]).toEqual([409, 'plan_protected']);
    expect((await service.fetch(`/billing/plans/${free?.id}`)).status).toBe(200);
  });

  it.each([unknownId, 'nonsense'])('knows no plan %s', async (id) => {
    const response = await admin.delete(id);
    expect([response.status, await codeOf(response)]).toEqual([404, 'plan_not_found']);
  });

  it('leaves the plan to those who have it', async () => {
    const plan = await admin.made();
    const member = await newSession(service);
    await service.sql(
      `INSERT INTO subscriptions (user_id, plan_id, status, current_period_end) VALUES ($1, $2, 'active', now() + interval '1 day')`,
      [member.id, plan.id],
    );
    await admin.delete(plan.id);
    const [row] = await service.sql('SELECT plan_id, status FROM subscriptions WHERE user_id = $1', [
      member.id,
    ]);
    expect(row).toEqual({ plan_id: plan.id, status: 'active' });
  });
});

describe('round trips', () => {
  it('to make, to change, to reprice and to delete a plan: 2', async () => {
    const terms = newTerms();
    let id = '';
    const trips = [
      await service.roundTrips(async () => {
        id = (await (await admin.create(terms)).json<WirePlan>()).id;
      }),
      await service.roundTrips(() => admin.change(id, { name: 'Crew' })),
      await service.roundTrips(() => admin.change(id, { price_cents: 100 })),
      await service.roundTrips(() => admin.delete(id)),
    ];
    expect(trips).toEqual([2, 2, 2, 2]);
  });

  it('for one who may not: 1, and for nobody: 0', async () => {
    const user = plansOf(service, await newSession(service));
    expect(await service.roundTrips(() => user.create(newTerms()))).toBe(1);
    expect(await service.roundTrips(() => plansOf(service, {}).create(newTerms()))).toBe(0);
  });
});

it('everything that was sent to Stripe was by its contract, each act under a key', async () => {
  expect(await stripe.control.violations()).toEqual([]);
  const posts = (await stripe.control.requests()).filter(({ method }) => method === 'POST');
  expect(posts.length).toBeGreaterThan(20);
  expect(posts.filter(({ idempotency_key }) => !idempotency_key)).toEqual([]);
});
