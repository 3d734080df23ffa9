import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { runningOf } from './close-account-store.ts';
import { MANUAL } from './manual-store.ts';
import type { BillingDeps } from './ports.ts';

/**
 * Ends what an account pays for or was granted, before it is deleted: its checkouts can't be paid any more, its
 * customer is gone with every subscription, a granted one has ended. Bears being repeated. What costs money goes
 * first: where that can't be ended, nothing is. One round trip where there is nothing to end.
 *
 * What our rows of paid ones say follows from the provider's events, as after any other end.
 *
 * @throws {AppError} `billing_unavailable`; `billing_not_configured` where something is paid for to a provider that is not
 */
export async function closeBilling(deps: BillingDeps, user: { readonly id: UserId }): Promise<void> {
  const [running] = await deps.db.query(runningOf(user.id));
  if (!running) return;
  const sales = deps.seller?.sales;
  if (running.paid && !sales) throw new AppError('billing_not_configured');
  for (const id of sales ? running.checkouts : []) {
    const checkout = await sales?.checkout(id);
    if (checkout?.status === 'open') await sales?.expireCheckout(id, `expire:${id}`);
  }
  for (const id of running.customers) await sales?.deleteCustomer(id, `delete:${id}`);
  for (const id of running.granted) {
    await deps.providers[MANUAL]?.end(id, `end:${id}`, { creditUnusedTime: false });
  }
}
