import type { Service } from './service.ts';

/** The id of a plan. */
export async function planId(service: Service, code: string): Promise<string> {
  const [row] = await service.sql('SELECT id FROM plans WHERE code = $1', [code]);
  if (!row) throw new Error(`no plan ${code}`);
  return row.id as string;
}

export type Row = {
  code?: string | null;
  status?: string;
  provider?: string;
  /** An interval from now, such as `10 days`. */
  periodEnd?: string | null;
  cancelAtPeriodEnd?: boolean;
  pastDueFor?: string | null;
  suspended?: boolean;
};

/** A subscription written straight into the table, as if its provider had told of it. Answers its provider's id. */
export async function putSubscription(service: Service, userId: string, row: Row = {}): Promise<string> {
  const {
    code = 'pro',
    status = 'active',
    provider = 'stripe',
    periodEnd = '10 days',
    cancelAtPeriodEnd = false,
    pastDueFor = null,
    suspended = false,
  } = row;
  const providerId = `${provider === 'manual' ? 'manual_' : 'sub_row_'}${crypto.randomUUID()}`;
  await service.sql(
    `INSERT INTO subscriptions (user_id, plan_id, status, provider, provider_subscription_id, current_period_start,
       current_period_end, cancel_at_period_end, past_due_since, suspended_at)
     VALUES ($1, $2, $3, $4, $5, now() - interval '20 days', now() + $6::interval, $7, now() - $8::interval,
       CASE WHEN $9::boolean THEN now() END)`,
    [
      userId,
      code === null ? null : await planId(service, code),
      status,
      provider,
      providerId,
      periodEnd,
      cancelAtPeriodEnd,
      pastDueFor,
      suspended,
    ],
  );
  return providerId;
}

/** A payment, made so many minutes ago. */
export async function putPayment(
  service: Service,
  userId: string,
  { status = 'succeeded', minutesAgo = 0, cents = 1_900 } = {},
): Promise<string> {
  const invoice = `in_row_${crypto.randomUUID()}`;
  await service.sql(
    `INSERT INTO payments (user_id, provider, provider_invoice_id, amount_cents, currency, status, created_at)
     VALUES ($1, 'stripe', $2, $3, 'USD', $4, now() - make_interval(mins => $5))`,
    [userId, invoice, cents, status, minutesAgo],
  );
  return invoice;
}
