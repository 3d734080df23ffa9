import { beforeAll, describe, expect, it } from 'vitest';
import { ensureCurrentPrice } from '../../src/billing/catalog.ts';
import type { Plan } from '../../src/billing/store.ts';
import type { PlanId } from '../../src/ids.ts';
import { newAdmin } from '../support/accounts.ts';
import { auditOf, newTerms, plansOf, pricesOf, tasks, type WirePlan } from '../support/plans.ts';
import { rounds } from '../support/rounds.ts';
import { useService } from '../support/service.ts';
import { stripeAccount } from '../support/stripe.ts';

const stripe = stripeAccount();
const service = useService({ STRIPE_SECRET_KEY: stripe.secretKey, STRIPE_API_URL: stripe.apiUrl });
let admin: ReturnType<typeof plansOf>;
beforeAll(async () => {
  admin = plansOf(service, await newAdmin(service));
});

const AT_ONCE = 30;
const ROUNDS = 4;
const parallel = <T>(act: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => act(index)));
const counted = (statuses: number[]) =>
  Object.fromEntries(
    [...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]),
  );
const planOf = async (id: string) => {
  const [row] = await service.sql('SELECT to_jsonb(plans) AS plan FROM plans WHERE id = $1', [id]);
  return row?.plan as {
    name: string;
    price_cents: number;
    currency: string;
    max_items: number;
    trial_days: number;
  };
};
/** A plan is sold for what it says it costs, by one price. */
async function expectSoldAsItSays(id: string) {
  const plan = await planOf(id);
  const current = (await pricesOf(service, id)).filter((price) => price.current);
  expect(current).toMatchObject([{ price_cents: plan.price_cents, currency: plan.currency }]);
  const { objects } = await stripe.control.state();
  expect(objects.price?.[current[0]?.id]).toMatchObject({
    active: true,
    unit_amount: plan.price_cents,
    currency: plan.currency.toLowerCase(),
  });
}

describe('30 at once', () => {
  it('make one plan of a code, with one price and one row in the log', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const terms = newTerms();
      const statuses = await parallel(async () => (await admin.create(terms)).status);
      // Stripe turns away who comes while it is at the same act.
      expect(statuses.filter((status) => status !== 503 && status !== 409)).toEqual([201]);
      const [plan, ...others] = await service.sql('SELECT id FROM plans WHERE code = $1', [terms.code]);
      expect(others).toEqual([]);
      expect(await pricesOf(service, plan?.id)).toHaveLength(1);
      await expectSoldAsItSays(plan?.id);
      expect(await auditOf(service, plan?.id)).toHaveLength(1);
    }
  });

  it('make one plan of a code when each wants another price', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const terms = newTerms();
      const statuses = await parallel(async (index) => {
        const response = await admin.create({ ...terms, price_cents: 1_000 + index });
        return response.status;
      });
      expect(statuses.filter((status) => status !== 503 && status !== 409)).toEqual([201]);
      const [plan] = await service.sql('SELECT id FROM plans WHERE code = $1', [terms.code]);
      await expectSoldAsItSays(plan?.id);
    }
  });

  it('reprice a plan one after the other: one current price, each former one archived by one task', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await admin.made();
      const statuses = await parallel(async (index) => {
        const response = await admin.change(plan.id, { price_cents: 1_000 + index });
        return response.status;
      });
      const changed = counted(statuses)[200] ?? 0;
      expect(changed).toBeGreaterThan(0);
      expect(statuses.filter((status) => ![200, 409, 503].includes(status))).toEqual([]);
      const rows = await pricesOf(service, plan.id);
      expect(rows).toHaveLength(changed + 1);
      await expectSoldAsItSays(plan.id);
      const archived = rows.filter((row) => !row.current).map((row) => row.id);
      const toArchive = (await tasks(service)).map(({ payload }) => payload.price_id);
      expect(toArchive.filter((id) => rows.some((row) => row.id === id)).sort()).toEqual(archived.sort());
      expect(await auditOf(service, plan.id)).toHaveLength(changed + 1);
    }
  });

  it('that want the same price make it once', async () => {
    const plan = await admin.made();
    const statuses = await parallel(async () => (await admin.change(plan.id, { price_cents: 100 })).status);
    expect(statuses.filter((status) => ![200, 503].includes(status))).toEqual([]);
    expect(await pricesOf(service, plan.id)).toHaveLength(2);
    await expectSoldAsItSays(plan.id);
    expect(await auditOf(service, plan.id)).toHaveLength(2);
  });

  it('that change different fields lose none of them', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await admin.made({ price_cents: 500 });
      const changes = [
        { name: 'Crew' },
        { trial_days: 30 },
        { limits: { max_items: 7 } },
        { price_cents: 700 },
      ];
      const statuses = await Promise.all(
        changes.map(async (change) => (await admin.change(plan.id, change)).status),
      );
      expect(statuses).toEqual([200, 200, 200, 200]);
      expect(await planOf(plan.id)).toMatchObject({
        name: 'Crew',
        trial_days: 30,
        max_items: 7,
        price_cents: 700,
      });
      await expectSoldAsItSays(plan.id);
    }
  });

  it('that change amount and currency keep both', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await admin.made();
      const statuses = await Promise.all(
        [{ price_cents: 700 }, { currency: 'USD' }].map(
          async (change) => (await admin.change(plan.id, change)).status,
        ),
      );
      expect(statuses).toEqual([200, 200]);
      expect(await planOf(plan.id)).toMatchObject({ price_cents: 700, currency: 'USD' });
      await expectSoldAsItSays(plan.id);
    }
  });

  it('that give a free plan a price and another currency sell it for both', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await admin.made({ price_cents: 0 });
      await Promise.all([
        admin.change(plan.id, { price_cents: 700 }),
        // Quicker, because there is nothing to do at Stripe.
        admin.change(plan.id, { currency: 'USD' }),
      ]);
      expect(await planOf(plan.id)).toMatchObject({ price_cents: 700, currency: 'USD' });
      await expectSoldAsItSays(plan.id);
    }
  });

  it('of which one finds everything as it was, and yet changed and changed back', async () => {
    const plan = await admin.made();
    const real = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      const response = await real(input as RequestInfo, init);
      const url = input instanceof Request ? input.url : String(input);
      if (init?.method === 'POST' && url.endsWith('/v1/prices')) {
        globalThis.fetch = real;
        await admin.change(plan.id, { price_cents: 5_900 });
        await admin.change(plan.id, { price_cents: 4_900 });
      }
      return response;
    };
    const response = await admin.change(plan.id, { price_cents: 5_900 });
    expect(globalThis.fetch).toBe(real);
    expect(response.status).toBe(200);
    const sold = (await pricesOf(service, plan.id)).map((price) => [price.price_cents, price.current]);
    expect(sold).toEqual([
      [4_900, false],
      [5_900, false],
      [4_900, false],
      [5_900, true],
    ]);
    await expectSoldAsItSays(plan.id);
  });

  it('delete a plan once', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await admin.made();
      const statuses = await parallel(async () => (await admin.delete(plan.id)).status);
      expect(counted(statuses)).toEqual({ 204: 1, 409: AT_ONCE - 1 });
      expect(await auditOf(service, plan.id)).toHaveLength(2);
    }
  });

  it('that change and delete a plan leave it deleted, with nothing on sale', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await admin.made();
      await parallel((index) =>
        index === 15 ? admin.delete(plan.id) : admin.change(plan.id, { price_cents: 1_000 + index }),
      );
      expect(await planOf(plan.id)).toMatchObject({ is_active: false });
      expect((await pricesOf(service, plan.id)).filter((price) => price.current)).toEqual([]);
    }
  });
});

describe('the first sale of a plan that came with the database', () => {
  const pro = async (): Promise<Plan> => {
    const plans = await (await service.fetch('/billing/plans')).json<WirePlan[]>();
    const plan = plans.find(({ code }) => code === 'pro');
    if (!plan) throw new Error('no plan');
    return {
      id: plan.id as PlanId,
      name: plan.name,
      code: plan.code,
      priceCents: plan.price_cents,
      currency: plan.currency,
      billingPeriod: 'monthly',
      tier: 'pro',
      isActive: true,
      trialDays: 0,
      limits: { maxItems: 100, maxSecondary: 10, apiAccess: true },
    };
  };
  const forget = () => service.sql('DELETE FROM plan_prices');

  it('makes its price, once', async () => {
    const plan = await pro();
    for (let round = 0; round < rounds(ROUNDS); round++) {
      await forget();
      const results = await Promise.allSettled(
        Array.from({ length: AT_ONCE }, () => ensureCurrentPrice(service.deps(), plan, null)),
      );
      const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const refusals = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason.code] : [],
      );
      expect(new Set(refusals).size === 0 || new Set(refusals).has('billing_unavailable')).toBe(true);
      expect(new Set(ids).size).toBe(1);
      expect(await pricesOf(service, plan.id)).toMatchObject([
        { id: ids[0], price_cents: 1_900, current: true },
      ]);
    }
  });

  it('costs one round trip, and none once the price is known', async () => {
    const plan = await pro();
    await forget();
    let price = '';
    const act = (known: string | null) => async () => {
      price = await ensureCurrentPrice(service.deps(), plan, known);
    };
    expect(await service.roundTrips(act(null))).toBe(1);
    expect(await service.roundTrips(act(price))).toBe(0);
  });

  it('sells what the plan costs by now, under the name it has by now', async () => {
    const before = await pro();
    await forget();
    await service.sql("UPDATE plans SET price_cents = 2100, name = 'Professional' WHERE code = 'pro'");
    const price = await ensureCurrentPrice(service.deps(), before, null);
    expect(await pricesOf(service, before.id)).toMatchObject([
      { id: price, price_cents: 2_100, current: true },
    ]);

    await forget();
    await ensureCurrentPrice(service.deps(), { ...before, priceCents: 2_100 }, null);
    expect((await tasks(service)).at(-1)).toMatchObject({
      kind: 'rename_product',
      payload: { code: 'pro', name: 'Professional' },
    });
    await service.sql("UPDATE plans SET price_cents = 1900, name = 'Pro' WHERE code = 'pro'");
  });

  it('does not happen when it is free, deleted or gone by now', async () => {
    const plan = await pro();
    const refused = expect.objectContaining({ code: 'plan_not_found' });
    for (const set of ['is_active = false', 'price_cents = 0']) {
      await forget();
      await service.sql(`UPDATE plans SET ${set} WHERE code = 'pro'`);
      await expect(ensureCurrentPrice(service.deps(), plan, null)).rejects.toEqual(refused);
      expect(await pricesOf(service, plan.id)).toEqual([]);
      await service.sql("UPDATE plans SET is_active = true, price_cents = 1900 WHERE code = 'pro'");
    }
    const gone = { ...plan, id: crypto.randomUUID() as PlanId };
    await expect(ensureCurrentPrice(service.deps(), gone, null)).rejects.toEqual(refused);
  });

  it('needs a payment provider', async () => {
    const { seller: _, ...deps } = service.deps();
    await expect(ensureCurrentPrice(deps, await pro(), null)).rejects.toMatchObject({
      code: 'billing_not_configured',
    });
  });

  it('and a new price of such a plan meet in one current price', async () => {
    for (let round = 0; round < rounds(ROUNDS); round++) {
      const plan = await pro();
      await forget();
      await Promise.allSettled([
        ...Array.from({ length: 5 }, () => ensureCurrentPrice(service.deps(), plan, null)),
        admin.change(plan.id, { price_cents: 2_000 + round }),
        ...Array.from({ length: 5 }, () => ensureCurrentPrice(service.deps(), plan, null)),
      ]);
      await expectSoldAsItSays(plan.id);
      await admin.change(plan.id, { price_cents: 1_900 });
    }
  });
});

it('nothing of that broke Stripe’s contract', async () => {
  expect(await stripe.control.violations()).toEqual([]);
});
