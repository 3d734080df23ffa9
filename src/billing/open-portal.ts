import { authorizeRead } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import { requireRedirectTarget } from '../auth/redirect-target.ts';
import { sha256Hex } from '../encoding.ts';
import { buyer, storeCustomer } from './checkout-store.ts';
import { customerOf, requireSeller } from './customer.ts';
import type { BillingDeps } from './ports.ts';

/**
 * Opens the page on which payment methods and invoices are managed; answers its address. One round trip, two for
 * somebody who never bought anything.
 *
 * @throws {AppError} `validation_failed`, `billing_unavailable`, `billing_not_configured`
 */
export async function openPortal(
  deps: BillingDeps,
  claims: AccessClaims,
  input: { return_url?: string | undefined },
): Promise<string> {
  const seller = await requireSeller(deps, claims);
  const returnUrl =
    input.return_url === undefined
      ? `${deps.settings.FRONTEND_URL}/billing`
      : requireRedirectTarget('return_url', input.return_url, deps.settings);
  const { user, results } = await authorizeRead(deps, claims, {}, [buyer(claims.userId)]);
  const [[known]] = results;
  const customerId = await customerOf(seller, user, known?.customerId ?? null);
  if (!known?.customerId) await deps.db.query(storeCustomer(user.id, customerId));
  // The page is good for a few minutes: whoever asks again later needs another one.
  const key = `portal:${customerId}:${(await sha256Hex(returnUrl)).slice(0, 16)}:${known?.minute}`;
  return seller.sales.openPortal(customerId, returnUrl, key);
}
