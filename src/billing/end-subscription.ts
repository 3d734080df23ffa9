import type { Administrator } from '../auth/administrator.ts';
import { authorizeRead } from '../auth/authorize.ts';
import { AppError } from '../errors.ts';
import type { SubscriptionId } from '../ids.ts';
import { applyState } from './apply.ts';
import { bury } from './apply-store.ts';
import { raiseFenceOf } from './fence-store.ts';
import { askAgain, auditEnd, auditImage, changeGrant, END_ACTION, subscriptionById } from './grant-store.ts';
import { END, MANUAL, manualMailCtes } from './manual-store.ts';
import type { BillingDeps } from './ports.ts';
import type { Subscription } from './store.ts';

/**
 * Ends a subscription now, for an administrator; at its provider where it is paid for. One that has ended stays as it
 * is. Two round trips.
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
    auditImage(id),
    raiseFenceOf(id),
    askAgain(admin),
  ]);
  const [[found], [before], [raised], [still]] = results;
  if (!still?.allowed) throw new AppError('admin_required');
  if (!found || !before) throw new AppError('subscription_not_found');
  // No fence is raised for what has ended.
  if (!raised) return found;
  if (found.provider === MANUAL) return endGranted(deps, admin, id);
  return endPaid(deps, admin, found, before.image, raised.fence);
}

async function endGranted(
  deps: BillingDeps,
  admin: Administrator,
  id: SubscriptionId,
): Promise<Subscription> {
  const [[written], [subscription]] = await deps.db.batch([
    changeGrant(admin, id, END, END_ACTION, manualMailCtes('subscription_ended')),
    subscriptionById(id, deps.settings),
  ]);
  if (!written || !subscription) throw new AppError('admin_required');
  if (written.mail_id) deps.announceMail(written.mail_id);
  return subscription;
}

/**
 * What is ended at the provider can't be taken back, so all that is asked of the administrator is asked just before;
 * what the provider then answers is written down, whatever they have become meanwhile.
 *
 * The end is its own key: whoever asks for it again, after whatever failure, asks for the same.
 */
async function endPaid(
  deps: BillingDeps,
  admin: Administrator,
  { id, provider: name, providerSubscriptionId }: Subscription,
  before: Readonly<Record<string, unknown>>,
  fence: number,
): Promise<Subscription> {
  const provider = Object.hasOwn(deps.providers, name) ? deps.providers[name] : undefined;
  if (!provider || !providerSubscriptionId) throw new AppError('billing_not_configured');
  const state = await provider.end(providerSubscriptionId, `end:${providerSubscriptionId}`, {
    creditUnusedTime: false,
  });
  const audit = auditEnd(admin, id, before);
  if (state) {
    const subscription = await applyState(deps, name, state, fence, {}, [audit]);
    if (!subscription) throw new AppError('subscription_not_found');
    return subscription;
  }
  // The provider doesn't know it any more.
  const [, , [subscription]] = await deps.db.batch([
    bury({ provider: name, subscriptionId: providerSubscriptionId, fence }),
    audit,
    subscriptionById(id, deps.settings),
  ]);
  if (!subscription) throw new AppError('subscription_not_found');
  return subscription;
}
