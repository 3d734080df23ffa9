import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import type { User } from '../auth/store.ts';
import { sha256Hex, toHex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { type CheckoutIntentId, newId } from '../ids.ts';
import { ensureCurrentPrice } from './catalog.ts';
import {
  buyer,
  claimCheckout,
  closeIntent,
  type Intent,
  keepSession,
  type Purchase,
  type PurchaseKind,
  planForSale,
  settleTrial,
  storeCustomer,
} from './checkout-store.ts';
import { customerOf, requireSeller, type Seller } from './customer.ts';
import { requireChangeable, requireForSale, secondSubscription } from './judge-purchase.ts';
import type { BillingDeps, ProviderSubscription } from './ports.ts';
import { refreshSubscription } from './process-event.ts';
import { checkoutTargets } from './redirects.ts';
import { managedSubscription, type Plan, type Subscription } from './store.ts';

/** How often a purchase makes room for itself before it gives way to the others. */
const ROUNDS = 3;

export type CheckoutInput = {
  readonly plan_code: string;
  readonly success_url?: string | undefined;
  readonly cancel_url?: string | undefined;
  readonly promotion_code?: string | undefined;
};

/** A page of the provider's on which something can be paid. */
export type Checkout = { readonly sessionId: string; readonly url: string };

/** A purchase that is open for a user, and what it is made of. */
type Open = {
  readonly user: User;
  readonly customerId: string | null;
  readonly plan: Plan;
  readonly priceId: string | null;
  readonly current: Subscription | undefined;
  readonly intent: Intent;
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

/** A new page; the one made by an earlier attempt, where that died before it could be noted. */
async function openSession(
  deps: BillingDeps,
  seller: Seller,
  open: Open,
  request: { successUrl: string; cancelUrl: string; promotionCode: string | undefined },
): Promise<Checkout | undefined> {
  const { intent, plan, user } = open;
  const [customerId, priceId, trialDays] = await Promise.all([
    soleCustomer(deps, seller, open),
    ensureCurrentPrice(deps, plan, open.priceId),
    trialDaysOf(deps, open),
  ]);
  const { id, url } = await seller.sales
    .openCheckout({
      ...request,
      intentId: intent.id,
      customerId,
      priceId,
      trialDays,
      expiresAt: intent.expiresAt,
    })
    .catch(async (error: unknown) => {
      // A refusal is kept under the key of the attempt: the next one has to be another.
      if (!isOutage(error)) await deps.db.query(closeIntent(intent.id, 'superseded'));
      throw error;
    });
  const [, [kept]] = await deps.db.batch([
    storeCustomer(user.id, customerId),
    keepSession(intent.id, { id, url }),
  ]);
  if (kept && url) return { sessionId: id, url };
  // Another purchase took this one's place meanwhile, and knew nothing of its page to close.
  const { status } = await seller.sales.expireCheckout(id, `expire:${id}`);
  throw new AppError(status === 'complete' ? 'already_subscribed' : 'checkout_superseded');
}

/** The customer, when nothing is bought there that a second subscription would double. */
async function soleCustomer(deps: BillingDeps, seller: Seller, open: Open): Promise<string> {
  const customerId = await customerOf(seller, open.user, open.customerId);
  await refuseSecond(deps, seller, open, customerId);
  return customerId;
}

/**
 * Asks the provider, which knows of payments before we do. What we did not know of is taken over, so that nobody is
 * kept from buying by something that they can't see.
 */
async function refuseSecond(
  deps: BillingDeps,
  seller: Seller,
  { user, current, intent }: Open,
  customerId: string,
): Promise<void> {
  const replaced =
    intent.replacesSubscriptionId === current?.id ? current?.providerSubscriptionId : undefined;
  const live = await seller.sales.liveSubscriptions(customerId);
  const others: readonly ProviderSubscription[] = live.filter(({ id }) => id !== replaced);
  if (others.length === 0) return;
  // By the stored customer the owner is known.
  await deps.db.query(storeCustomer(user.id, customerId));
  for (const { id } of others) await refreshSubscription(deps, seller, id);
  throw secondSubscription(others.map(({ status }) => status));
}

async function trialDaysOf(deps: BillingDeps, { user, intent }: Open): Promise<number> {
  if (intent.trialDays === 0 || intent.trialSubject) return intent.trialDays;
  const subject = toHex(await deps.validationHash('trial', user.email));
  const [settled] = await deps.db.query(settleTrial(intent.id, subject));
  return settled?.trial_days ?? 0;
}

const isOutage = (error: unknown): boolean =>
  error instanceof AppError &&
  (error.code === 'billing_unavailable' || error.code === 'database_unavailable');
