import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';

/** An open checkout session is over without a purchase. */
export function expireSession(account: Account, session: Stripe.Checkout.Session): void {
  session.status = 'expired';
  session.url = null;
  account.emit('checkout.session.expired', session);
}
