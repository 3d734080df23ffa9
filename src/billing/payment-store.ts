import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { id, instant } from '../db/rows.ts';
import type { PaymentId, SubscriptionId, UserId } from '../ids.ts';

/** What became of one invoice. */
export type Payment = z.output<typeof paymentRow>;

export const PAYMENT_STATUSES = ['pending', 'succeeded', 'failed', 'refunded'] as const;

/** The columns of a payment, and below what becomes of them. */
export const paymentColumns = {
  id: id<PaymentId>(),
  subscription_id: id<SubscriptionId>().nullable(),
  provider: z.string(),
  provider_invoice_id: z.string(),
  amount_cents: z.number(),
  currency: z.string(),
  status: z.enum(PAYMENT_STATUSES),
  created_at: instant,
};

export const toPayment = (row: z.output<z.ZodObject<typeof paymentColumns>>) => ({
  id: row.id,
  subscriptionId: row.subscription_id,
  provider: row.provider,
  providerInvoiceId: row.provider_invoice_id,
  amountCents: row.amount_cents,
  currency: row.currency,
  status: row.status,
  createdAt: row.created_at,
});

const paymentRow = z.object(paymentColumns).transform(toPayment);

/** Payments of a user, the newest first. */
export const recentPayments = (userId: UserId, { limit, offset }: { limit: number; offset: number }) =>
  statement(
    paymentRow,
    sql`SELECT id, subscription_id, provider, provider_invoice_id, amount_cents, currency, status, created_at
        FROM payments WHERE user_id = ${userId}
        ORDER BY created_at DESC, id LIMIT ${limit} OFFSET ${offset}`,
  );

export const paymentCount = (userId: UserId) =>
  statement(
    z.object({ total: z.number() }),
    sql`SELECT count(*)::int AS total FROM payments WHERE user_id = ${userId}`,
  );
