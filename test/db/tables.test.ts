import { expect, it } from 'vitest';
import { useService } from '../support/service.ts';

const service = useService();

it('every table with updated_at has the trigger that keeps it', async () => {
  const tables = await service.sql(
    `SELECT c.table_name AS name,
            EXISTS (SELECT FROM information_schema.triggers t
                    WHERE t.event_object_table = c.table_name AND t.action_statement ILIKE '%keep_updated_at%') AS kept
     FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.column_name = 'updated_at'`,
  );
  expect(tables.length).toBeGreaterThan(5);
  expect(tables.filter((table) => !table.kept)).toEqual([]);
});

it('the plans are seeded', async () => {
  const plans = await service.sql(
    'SELECT code, price_cents, currency, billing_period, tier, max_items, max_secondary, api_access FROM plans ORDER BY price_cents',
  );
  const monthly = { currency: 'USD', billing_period: 'monthly', api_access: true };
  expect(plans).toEqual([
    { ...monthly, code: 'free', price_cents: 0, tier: 'free', max_items: 10, max_secondary: 1 },
    { ...monthly, code: 'pro', price_cents: 1_900, tier: 'pro', max_items: 100, max_secondary: 10 },
    {
      ...monthly,
      code: 'enterprise',
      price_cents: 9_900,
      tier: 'enterprise',
      max_items: -1,
      max_secondary: -1,
    },
  ]);
});
