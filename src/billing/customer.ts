import { authorize } from '../auth/authorize.ts';
import type { AccessClaims } from '../auth/ports.ts';
import type { User } from '../auth/store.ts';
import { AppError } from '../errors.ts';
import type { BillingDeps } from './ports.ts';

export type Seller = NonNullable<BillingDeps['seller']>;

/**
 * Whom things are bought from. Where there is nobody, the caller hears so only after being judged.
 *
 * @throws {AppError} `billing_not_configured`, and what `authorize` throws
 */
export async function requireSeller(deps: BillingDeps, claims: AccessClaims): Promise<Seller> {
  if (deps.seller) return deps.seller;
  await authorize(deps, claims, {});
  throw new AppError('billing_not_configured');
}

/** The customer that a user is there: the one we know, or else made once, however often this is tried. */
export const customerOf = async ({ sales }: Seller, user: User, known: string | null): Promise<string> =>
  known ?? (await sales.createCustomer({ id: user.id, email: user.email, username: user.username }));
