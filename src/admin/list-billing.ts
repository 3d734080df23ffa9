import type { Caller } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import type { PaymentId, SubscriptionId, UserId } from '../ids.ts';
import {
  type AdminPayment,
  type AdminSubscription,
  adminSubscriptionById,
  type PaymentFilter,
  paymentById,
  paymentsBy,
  type SubscriptionFilter,
  subscriptionsBy,
} from './billing-store.ts';
import { type Listed, listed, type Page } from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';
import { userById } from './user-store.ts';

/** Payments of everybody, the newest first. One round trip. */
export async function listAllPayments(
  deps: AdminDeps,
  caller: Caller,
  filter: PaymentFilter,
  page: Page,
): Promise<Listed<AdminPayment>> {
  const { rows, count, exact } = paymentsBy(filter, page);
  const [found, [counted]] = await readAsAdministrator(deps, caller, [rows, count]);
  return listed(found, counted?.total, page, exact);
}

/** @throws {AppError} `payment_not_found` */
export async function readPayment(
  deps: AdminDeps,
  caller: Caller,
  paymentId: PaymentId,
): Promise<AdminPayment> {
  const [[payment]] = await readAsAdministrator(deps, caller, [paymentById(paymentId)]);
  if (!payment) throw new AppError('payment_not_found');
  return payment;
}

/** Subscriptions of everybody, the newest first. One round trip. */
export async function listAllSubscriptions(
  deps: AdminDeps,
  caller: Caller,
  filter: SubscriptionFilter,
  page: Page,
): Promise<Listed<AdminSubscription>> {
  const { rows, count, exact } = subscriptionsBy(filter, page, deps.settings);
  const [found, [counted]] = await readAsAdministrator(deps, caller, [rows, count]);
  return listed(found, counted?.total, page, exact);
}

/** @throws {AppError} `subscription_not_found` */
export async function readAnySubscription(
  deps: AdminDeps,
  caller: Caller,
  subscriptionId: SubscriptionId,
): Promise<AdminSubscription> {
  const [[found]] = await readAsAdministrator(deps, caller, [
    adminSubscriptionById(subscriptionId, deps.settings),
  ]);
  if (!found) throw new AppError('subscription_not_found');
  return found;
}

/**
 * The payments of one user. One round trip.
 *
 * @throws {AppError} `user_not_found`
 */
export async function listPaymentsOf(
  deps: AdminDeps,
  caller: Caller,
  userId: UserId,
  page: Page,
): Promise<Listed<AdminPayment>> {
  const { rows, count, exact } = paymentsBy({ userId }, page);
  const [[user], found, [counted]] = await readAsAdministrator(deps, caller, [userById(userId), rows, count]);
  if (!user) throw new AppError('user_not_found');
  return listed(found, counted?.total, page, exact);
}

/**
 * The subscriptions of one user. One round trip.
 *
 * @throws {AppError} `user_not_found`
 */
export async function listSubscriptionsOf(
  deps: AdminDeps,
  caller: Caller,
  userId: UserId,
  page: Page,
): Promise<Listed<AdminSubscription>> {
  const { rows, count, exact } = subscriptionsBy({ userId }, page, deps.settings);
  const [[user], found, [counted]] = await readAsAdministrator(deps, caller, [userById(userId), rows, count]);
  if (!user) throw new AppError('user_not_found');
  return listed(found, counted?.total, page, exact);
}
