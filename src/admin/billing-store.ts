import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type Payment, paymentColumns, toPayment } from '../billing/payment-store.ts';
import type { SubscriptionStatus } from '../billing/ports.ts';
import {
  type Subscription,
  subscriptionColumns,
  subscriptionShape,
  toSubscription,
} from '../billing/store.ts';
import { statement } from '../db/client.ts';
import { id } from '../db/rows.ts';
import type { UserId } from '../ids.ts';
import { countTallied, countUpTo, createdWithin, type Page, slice, where } from './listing.ts';
import type { AdminDeps } from './ports.ts';

/** With whom it belongs to; null once that account is deleted. */
export type AdminPayment = {
  readonly payment: Payment;
  readonly userId: UserId | null;
  readonly userEmail: string | null;
};

export type AdminSubscription = { readonly subscription: Subscription; readonly userEmail: string | null };

export type PaymentFilter = {
  readonly status?: Payment['status'] | undefined;
  readonly userId?: UserId | undefined;
  readonly currency?: string | undefined;
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
};

export type SubscriptionFilter = {
  readonly status?: SubscriptionStatus | undefined;
  readonly userId?: UserId | undefined;
  readonly planCode?: string | undefined;
  readonly provider?: string | undefined;
};

const paymentRow = z
  .object({ ...paymentColumns, user_id: id<UserId>().nullable(), user_email: z.string().nullable() })
  .transform(
    (row): AdminPayment => ({ payment: toPayment(row), userId: row.user_id, userEmail: row.user_email }),
  );

/** @param rows what stands after FROM, under the name `payments` */
const payments = (rows: SQL, order: SQL) =>
  statement(
    paymentRow,
    sql`SELECT payments.id, payments.subscription_id, payments.provider, payments.provider_invoice_id,
               payments.amount_cents, payments.currency, payments.status, payments.created_at, payments.user_id,
               users.email AS user_email
        FROM ${rows} LEFT JOIN users ON users.id = payments.user_id ${order}`,
  );

export const paymentById = (paymentId: string) =>
  payments(sql`(SELECT * FROM payments WHERE id = ${paymentId}::uuid) AS payments`, sql``);

/** Payments, the newest first, and how they are counted. */
export function paymentsBy(filter: PaymentFilter, page: Page) {
  const { status, userId, currency } = filter;
  const beyond = [
    userId && sql`payments.user_id = ${userId}::uuid`,
    ...createdWithin(sql`payments.created_at`, filter),
  ];
  const matches = where([
    ...beyond,
    status && sql`payments.status = ${status}`,
    currency && sql`payments.currency = ${currency}`,
  ]);
  const exact = beyond.every((condition) => condition === undefined);
  const kind = `${status ?? '%'}:${currency ?? '%'}`;
  return {
    rows: payments(
      sql`(SELECT * FROM payments WHERE ${matches} ORDER BY created_at DESC, id DESC ${slice(page)}) AS payments`,
      sql`ORDER BY payments.created_at DESC, payments.id DESC`,
    ),
    count: exact
      ? countTallied('payments', sql`tally.key LIKE ${kind}`)
      : countUpTo(sql`payments WHERE ${matches}`),
    exact,
  };
}

const subscriptionRow = subscriptionShape.extend({ user_email: z.string().nullable() }).transform(
  ({ user_email, ...row }): AdminSubscription => ({
    subscription: toSubscription(row),
    userEmail: user_email,
  }),
);

/** @param rows what stands after FROM, under the name `s` */
const subscriptions = (rows: SQL, order: SQL, settings: AdminDeps['settings']) =>
  statement(
    subscriptionRow,
    sql`SELECT ${subscriptionColumns(settings)}, users.email AS user_email
        FROM ${rows} LEFT JOIN plans ON plans.id = s.plan_id LEFT JOIN users ON users.id = s.user_id ${order}`,
  );

export const adminSubscriptionById = (subscriptionId: string, settings: AdminDeps['settings']) =>
  subscriptions(sql`(SELECT * FROM subscriptions WHERE id = ${subscriptionId}::uuid) AS s`, sql``, settings);

/** Subscriptions, the newest first, and how they are counted. */
export function subscriptionsBy(filter: SubscriptionFilter, page: Page, settings: AdminDeps['settings']) {
  const { status, userId, planCode, provider } = filter;
  const plan = planCode === undefined ? undefined : sql`(SELECT id FROM plans WHERE code = ${planCode})`;
  const matches = where([
    userId && sql`subscriptions.user_id = ${userId}::uuid`,
    status && sql`subscriptions.status = ${status}`,
    plan && sql`subscriptions.plan_id = ${plan}`,
    provider && sql`subscriptions.provider = ${provider}`,
  ]);
  const kind = sql`${`${status ?? '%'}:${provider ?? '%'}:`}::text || ${plan ? sql`coalesce(${plan}::text, 'none')` : sql`'%'`}`;
  const exact = userId === undefined;
  return {
    rows: subscriptions(
      sql`(SELECT * FROM subscriptions WHERE ${matches} ORDER BY created_at DESC, id DESC ${slice(page)}) AS s`,
      sql`ORDER BY s.created_at DESC, s.id DESC`,
      settings,
    ),
    count: exact
      ? countTallied('subscriptions', sql`tally.key LIKE ${kind}`)
      : countUpTo(sql`subscriptions WHERE ${matches}`),
    exact,
  };
}
