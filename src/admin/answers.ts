import { toUserResponse } from '../auth/answers.ts';
import { toPaymentResponse, toSubscriptionResponse } from '../billing/answers.ts';
import { page } from '../http/openapi.ts';
import type * as billing from './billing-contract.ts';
import type { AdminPayment, AdminSubscription } from './billing-store.ts';
import type { Listed, Page } from './listing.ts';
import type * as users from './user-contract.ts';
import type { AdminUser } from './user-store.ts';

/** A part of a list as the wire has it. */
export function toList<T, Item>(
  { rows, total, isEstimate, hasMore }: Listed<T>,
  asked: Page,
  toItem: (row: T) => Item,
) {
  return {
    ...page(rows.map(toItem), total, asked),
    next_offset: hasMore ? asked.offset + asked.limit : null,
    ...(isEstimate && { total_is_estimate: true }),
  };
}

export const toAdminUserResponse = (user: AdminUser): users.AdminUser => ({
  ...toUserResponse(user),
  last_login_at: user.lastLoginAt?.toISOString() ?? null,
  locked_until: user.lockedUntil?.toISOString() ?? null,
  external_platform: user.externalPlatform,
  external_store_id: user.externalStoreId,
  stripe_customer_id: user.stripeCustomerId,
});

export const toAdminSubscriptionResponse = ({
  subscription,
  userEmail,
}: AdminSubscription): billing.AdminSubscription => ({
  ...toSubscriptionResponse(subscription),
  user_email: userEmail,
});

export const toAdminPaymentResponse = ({
  payment,
  userId,
  userEmail,
}: AdminPayment): billing.AdminPayment => ({
  ...toPaymentResponse(payment),
  user_id: userId,
  user_email: userEmail,
});
