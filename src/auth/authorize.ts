import type * as z from 'zod';
import type { Statement } from '../db/client.ts';
import { AppError } from '../errors.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import { principal, type User } from './store.ts';

/** What a route asks of whoever calls it. */
export type Policy = {
  /** Let an account through whose mailbox is not proven yet. */
  readonly unverified?: boolean;
  /** Let nobody through but an administrator. */
  readonly admin?: boolean;
};

/**
 * The account behind a verified access token, as it stands now: a deactivated account, an ended session and a
 * deleted user are refused at once, whatever the token still says. One round trip.
 *
 * @throws {AppError} `invalid_token`, `account_disabled`, `email_not_verified`, `admin_required`
 */
export async function authorize(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  policy: Policy,
): Promise<User> {
  const [found] = await deps.db.query(principal(claims));
  return judge(found, policy);
}

/**
 * The same, with what the caller wants to read in the same round trip. For reading alone: the statements run
 * before the account is judged.
 */
export async function authorizeRead<const S extends readonly Statement<z.ZodType>[]>(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  policy: Policy,
  reads: S,
): Promise<{ user: User; results: { [K in keyof S]: z.output<S[K]['row']>[] } }> {
  const [[found], ...results] = await deps.db.batch([principal(claims), ...reads]);
  return { user: judge(found, policy), results: results as { [K in keyof S]: z.output<S[K]['row']>[] } };
}

function judge(found: { user: User; sessionStands: boolean } | undefined, policy: Policy): User {
  if (!found) throw new AppError('invalid_token');
  if (!found.user.isActive) throw new AppError('account_disabled');
  if (!found.sessionStands) throw new AppError('invalid_token');
  if (!found.user.isVerified && !policy.unverified) throw new AppError('email_not_verified');
  if (policy.admin && !found.user.isAdmin) throw new AppError('admin_required');
  return found.user;
}
