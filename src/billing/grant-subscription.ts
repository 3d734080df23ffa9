import type { Administrator } from '../auth/administrator.ts';
import { authorize, authorizeRead } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import { newId, type SubscriptionId, type UserId } from '../ids.ts';
import { changeGrant, grant, lockUser, subscriptionById } from './grant-store.ts';
import { endAt, MANUAL } from './manual-store.ts';
import type { BillingDeps } from './ports.ts';
import type { Subscription } from './store.ts';

/**
 * Gives a user a plan without payment, until an instant or without an end. Of any number of grants at once to one
 * user one is made. Two round trips.
 *
 * @throws {AppError} `user_not_found`, `user_disabled`, `plan_not_found`, `already_subscribed`, `validation_failed`, and
 *   those of `authorize`
 */
export async function grantSubscription(
  deps: BillingDeps,
  admin: Administrator,
  input: { userId: UserId; planCode: string; endsAt: Date | null; reason: string | undefined },
): Promise<Subscription> {
  await authorize(deps, admin.claims, { admin: true });
  const subscriptionId = newId<SubscriptionId>();
  const [, [written], [subscription]] = await deps.db.batch([
    lockUser(input.userId),
    grant(admin, { ...input, subscriptionId }, deps.settings),
    subscriptionById(subscriptionId, deps.settings),
  ]);
  switch (written?.outcome) {
    case 'plan_is_free':
      throw invalid('plan_code', 'Is the free plan, which everybody has.');
    case 'ends_in_past':
      throw invalid('ends_at', 'Must be a time to come.');
    case 'admin_required':
    case 'user_not_found':
    case 'user_disabled':
    case 'plan_not_found':
    case 'already_subscribed':
      throw new AppError(written.outcome);
  }
  if (!subscription) throw new Error('the grant left no row');
  if (written?.mail_id) deps.announceMail(written.mail_id);
  if (written?.task_id) deps.announceBilling({ billing_task_id: written.task_id });
  return subscription;
}

/**
 * Moves the end of a granted subscription. Two round trips.
 *
 * @throws {AppError} `subscription_not_found`, `unsupported_by_provider` for one that is paid for, `subscription_ended`,
 *   `validation_failed` for an instant that is past, and those of `authorize`
 */
export async function moveGrantEnd(
  deps: BillingDeps,
  admin: Administrator,
  id: SubscriptionId,
  endsAt: Date | null,
): Promise<Subscription> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [
    subscriptionById(id, deps.settings),
  ]);
  const found = results[0][0];
  if (!found) throw new AppError('subscription_not_found');
  if (found.provider !== MANUAL) {
    throw new AppError('unsupported_by_provider', {
      detail: 'This subscription is paid for, so its periods are for the payment provider to say.',
    });
  }
  const [[written], [subscription]] = await deps.db.batch([
    changeGrant(admin, id, endAt(endsAt), 'subscription.update'),
    subscriptionById(id, deps.settings),
  ]);
  if (!written || !subscription) throw new AppError('admin_required');
  if (!written.changed) {
    throw subscription.hasAccess
      ? invalid('ends_at', 'Must be a time to come.')
      : new AppError('subscription_ended');
  }
  return subscription;
}

const invalid = (field: string, message: string) =>
  new AppError('validation_failed', { errors: { [field]: message } });
