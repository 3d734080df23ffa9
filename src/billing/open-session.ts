import { toHex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { ensureCurrentPrice } from './catalog.ts';
import { closeIntent, keepSession, settleTrial, storeCustomer } from './checkout-store.ts';
import { customerOf, type Seller } from './customer.ts';
import type { BillingDeps } from './ports.ts';
import { type Open, refuseSecond } from './refuse-second.ts';

/** A page of the provider's on which something can be paid. */
export type Checkout = { readonly sessionId: string; readonly url: string };

/** A new page; the one made by an earlier attempt, where that died before it could be noted. */
export async function openSession(
  deps: BillingDeps,
  seller: Seller,
  open: Open,
  request: { successUrl: string; cancelUrl: string; promotionCode: string | undefined },
): Promise<Checkout> {
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

async function trialDaysOf(deps: BillingDeps, { user, intent }: Open): Promise<number> {
  if (intent.trialDays === 0 || intent.trialSubject) return intent.trialDays;
  const subject = toHex(await deps.validationHash('trial', user.email));
  const [settled] = await deps.db.query(settleTrial(intent.id, subject));
  return settled?.trial_days ?? 0;
}

const isOutage = (error: unknown): boolean =>
  error instanceof AppError &&
  (error.code === 'billing_unavailable' || error.code === 'database_unavailable');
