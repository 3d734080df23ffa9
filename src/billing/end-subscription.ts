import { authorizeRead } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import { newId, type OutboxId, type SubscriptionId } from '../ids.ts';
import { type Administrator, changeGrant, subscriptionById } from './grant-store.ts';
import { END, MANUAL } from './manual-store.ts';
import type { BillingDeps } from './ports.ts';
import type { Subscription } from './store.ts';

/**
 * Ends a subscription now, for an administrator. One that has ended stays as it is. Two round trips for a granted one.
 *
 * @throws {AppError} `subscription_not_found`, `billing_unavailable`, `billing_not_configured`, and those of `authorize`
 */
export async function endSubscription(
  deps: BillingDeps,
  admin: Administrator,
  id: SubscriptionId,
): Promise<Subscription> {
  const { results } = await authorizeRead(deps, admin.claims, { admin: true }, [
    subscriptionById(id, deps.settings),
  ]);
  const found = results[0][0];
  if (!found) throw new AppError('subscription_not_found');
  return endGranted(deps, admin, found);
}

async function endGranted(
  deps: BillingDeps,
  admin: Administrator,
  { id, provider }: Subscription,
): Promise<Subscription> {
  if (provider !== MANUAL) throw new AppError('billing_not_configured');
  const mailId = newId<OutboxId>();
  const [[written], [subscription]] = await deps.db.batch([
    changeGrant(admin, id, END, 'subscription.end', mailId),
    subscriptionById(id, deps.settings),
  ]);
  if (!written || !subscription) throw new AppError('admin_required');
  if (written.mailed) deps.announceMail(mailId);
  return subscription;
}
