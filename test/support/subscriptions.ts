import type { Service } from './service.ts';

type Row = Record<string, unknown>;

/** Puts a subscription into the database as it is said to be; by default one of Stripe's that is paid for a month. */
export async function haveSubscription(service: Service, userId: string, row: Row = {}): Promise<string> {
  const { plan_code = 'pro', ...columns } = row;
  const values: Row = {
    provider: 'stripe',
    provider_subscription_id: `sub_${crypto.randomUUID()}`,
    status: 'active',
    current_period_start: new Date(),
    current_period_end: inDays(30),
    ...columns,
  };
  const names = Object.keys(values);
  const [made] = await service.sql(
    `INSERT INTO subscriptions (user_id, plan_id, ${names.join(', ')})
     VALUES ($1, (SELECT id FROM plans WHERE code = $2), ${names.map((_, index) => `$${index + 3}`).join(', ')})
     RETURNING id`,
    [userId, plan_code, ...Object.values(values)],
  );
  return made?.id as string;
}

/** The clock of the test; a day or more is far enough from any moment that the database may judge by. */
export const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
