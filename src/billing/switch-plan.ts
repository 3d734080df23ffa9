import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import { AppError } from '../errors.ts';
import type { CheckoutIntentId } from '../ids.ts';
import { ensureCurrentPrice } from './catalog.ts';
import { closeIntent, openCheckout, planForSale } from './checkout-store.ts';
import { requireSeller, type Seller } from './customer.ts';
import { raiseFences } from './fence-store.ts';
import { requireChangeable, requireForSale } from './judge-purchase.ts';
import { fenceOf, requireGoingOn, settleChange } from './managed.ts';
import type { BillingDeps, UpcomingInvoice } from './ports.ts';
import { managedSubscription, type Subscription } from './store.ts';

/**
 * Changes the plan now, up or down, and charges or credits the difference. Without the payment the plan stays as it
 * is. Two round trips.
 *
 * @throws {AppError} `no_subscription`, `plan_not_found`, `validation_failed`, `already_subscribed`,
 *   `subscription_canceling`, `payment_past_due`, `subscription_trialing`, `subscription_suspended`, `unsupported_by_provider`, `payment_failed`, `currency_mismatch`,
 *   `billing_unavailable`, `billing_not_configured`
 */
export async function switchPlan(
  deps: BillingDeps,
  claims: AccessClaims,
  planCode: string,
): Promise<Subscription> {
  const { seller, current, subscriptionId, priceId, raised, open } = await prepareSwitch(
    deps,
    claims,
    planCode,
  );
  if (open) await closeCheckout(deps, seller, open);
  // A repetition finds the subscription as it was and is the same act; once it was done, and undone, it is another.
  const key = `change:${subscriptionId}:${current.providerPriceId}:${priceId}:${current.appliedFence}`;
  let changePending = false;
  const answer = seller.sales.changePrice(subscriptionId, priceId, key).then((state) => {
    changePending = state?.changePending ?? false;
    return state;
  });
  const managed = { provider: seller, providerId: subscriptionId, fence: fenceOf(raised, subscriptionId) };
  const changed = requireGoingOn(await settleChange(deps, managed, answer));
  if (changePending) throw new AppError('payment_failed');
  return changed;
}

/**
 * What {@link switchPlan} would charge now. One round trip.
 *
 * @throws {AppError} as that one does, but for the payment
 */
export async function previewSwitch(
  deps: BillingDeps,
  claims: AccessClaims,
  planCode: string,
): Promise<UpcomingInvoice> {
  const { seller, subscriptionId, priceId } = await prepareSwitch(deps, claims, planCode);
  const preview = await seller.sales.previewChange(subscriptionId, priceId);
  if (!preview) throw new AppError('no_subscription');
  return preview;
}

/** Closes the page on which the same change, or another, could still be paid. What was paid there is for Stripe to tell. */
async function closeCheckout(
  { db }: BillingDeps,
  { sales }: Seller,
  { id, sessionId }: { readonly id: CheckoutIntentId; readonly sessionId: string | null },
): Promise<void> {
  const session = sessionId ? await sales.expireCheckout(sessionId, `expire:${sessionId}`) : undefined;
  if (session?.status === 'complete') throw new AppError('already_subscribed');
  await db.query(closeIntent(id, 'superseded'));
}

async function prepareSwitch(deps: BillingDeps, claims: AccessClaims, planCode: string) {
  const seller: Seller = await requireSeller(deps, claims);
  const { results } = await authorizeRead(deps, claims, {}, [
    planForSale(planCode, seller.name),
    managedSubscription(claims.userId, deps.settings),
    raiseFences(claims.userId),
    openCheckout(claims.userId),
  ]);
  const [[offer], [managed], raised, [open]] = results;
  const { plan, priceId: known } = requireForSale(offer);
  const current = requireChangeable(managed, plan);
  const { providerSubscriptionId: subscriptionId } = current;
  if (current.provider !== seller.name || !subscriptionId) throw new AppError('unsupported_by_provider');
  // Its trial would go on for the other plan, which has none to give.
  if (current.status === 'trialing') throw new AppError('subscription_trialing');
  if (!current.hasAccess) throw new AppError('subscription_suspended');
  if (current.plan && current.plan.currency !== plan.currency) throw new AppError('currency_mismatch');
  const priceId = await ensureCurrentPrice(deps, plan, known);
  return { seller, current, subscriptionId, priceId, raised, open };
}
