import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import { sha256Hex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { type CheckoutIntentId, newId } from '../ids.ts';
import {
  buyer,
  claimCheckout,
  closeIntent,
  type Purchase,
  type PurchaseKind,
  planForSale,
} from './checkout-store.ts';
import { requireSeller, type Seller } from './customer.ts';
import { requireChangeable, requireForSale, secondSubscription } from './judge-purchase.ts';
import { type Checkout, openSession } from './open-session.ts';
import type { BillingDeps } from './ports.ts';
import { checkoutTargets } from './redirects.ts';
import { type Open, refuseSecond } from './refuse-second.ts';
import { managedSubscription } from './store.ts';

/** How often a purchase makes room for itself before it gives way to the others. */
const ROUNDS = 3;

export type CheckoutInput = {
  readonly plan_code: string;
  readonly success_url?: string | undefined;
  readonly cancel_url?: string | undefined;
  readonly promotion_code?: string | undefined;
};

/**
 * Begins to buy a plan, or goes on with the purchase that is open: one a user at a time, and the same request again
 * gets the same page. Nothing is granted by it; that is for what the provider tells of the payment. Two round trips,
 * three where the plan has a trial, one for a page that is handed out again.
 *
 * @throws {AppError} `plan_not_found`, `validation_failed`, `already_subscribed`, `payment_past_due`,
 *   `currency_mismatch`, `checkout_superseded`, `billing_unavailable`, `billing_not_configured`; for a replacement
 *   `no_subscription` and `subscription_canceling`
 */
export async function beginCheckout(
  deps: BillingDeps,
  claims: AccessClaims,
  kind: PurchaseKind,
  input: CheckoutInput,
): Promise<Checkout> {
  const seller = await requireSeller(deps, claims);
  const targets = checkoutTargets(input, deps.settings);
  const { STRIPE_AUTOMATIC_TAX } = deps.settings;
  const { plan_code, promotion_code } = input;
  const said = [kind, targets.successUrl, targets.cancelUrl, promotion_code ?? null, STRIPE_AUTOMATIC_TAX];
  const purchase: Purchase = {
    claims,
    kind,
    planCode: plan_code,
    requestHash: await sha256Hex(JSON.stringify(said)),
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const open = await claim(deps, seller, purchase);
    if (!open) continue;
    const session = open.intent.sessionId
      ? await handOutAgain(deps, seller, open, open.intent.sessionId)
      : await openSession(deps, seller, open, { ...targets, promotionCode: promotion_code });
    if (session) return session;
  }
  throw new AppError('checkout_superseded');
}

/** The purchase as it is open now; `undefined` when another one had to be closed, or something changed just now. */
async function claim(deps: BillingDeps, seller: Seller, purchase: Purchase): Promise<Open | undefined> {
  const { claims, kind, planCode } = purchase;
  // The first of these writes, before the account is judged: it asks for the same itself. It waits for whoever is at the
  // same purchase, and what is read after it is no older than what it found.
  const { user, results } = await authorizeRead(deps, claims, {}, [
    claimCheckout(purchase, newId<CheckoutIntentId>(), deps.settings),
    planForSale(planCode, seller.name),
    buyer(claims.userId),
    managedSubscription(claims.userId, deps.settings),
  ]);
  const [[intent], [offer], [known], [current]] = results;
  const { plan, priceId } = requireForSale(offer);
  if (kind === 'replacement') requireChangeable(current, plan);
  else if (current?.hasAccess) throw secondSubscription([current.status]);
  if (!intent) return undefined;
  const open = { user, customerId: known?.customerId ?? null, plan, priceId, current, intent };
  // A page without a customer is one of a customer who is gone.
  if (intent.fits && !(intent.sessionId && !open.customerId)) return open;
  await makeRoom(deps, seller, open);
  return undefined;
}

/** Closes a purchase, at the provider first: of two open pages both could be paid. */
async function makeRoom(deps: BillingDeps, seller: Seller, open: Open): Promise<void> {
  const { sessionId } = open.intent;
  const known = sessionId ? await seller.sales.checkout(sessionId) : undefined;
  const session =
    known?.status === 'open' ? await seller.sales.expireCheckout(known.id, `expire:${known.id}`) : known;
  if (session?.status === 'complete' && open.customerId)
    await refuseSecond(deps, seller, open, open.customerId);
  await deps.db.query(
    closeIntent(open.intent.id, session?.status === 'complete' ? 'completed' : 'superseded'),
  );
}

/** The page that was opened before; `undefined` when it is closed by now. */
async function handOutAgain(
  deps: BillingDeps,
  seller: Seller,
  open: Open,
  sessionId: string,
): Promise<Checkout | undefined> {
  const [session] = await Promise.all([
    seller.sales.checkout(sessionId),
    open.customerId && refuseSecond(deps, seller, open, open.customerId),
  ]);
  if (session?.status === 'open' && session.url) return { sessionId, url: session.url };
  await makeRoom(deps, seller, open);
  return undefined;
}
