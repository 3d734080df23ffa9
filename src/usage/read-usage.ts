import { authorizeCaller } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import type { Scope } from '../auth/scopes.ts';
import type { User } from '../auth/store.ts';
import { AppError } from '../errors.ts';
import { featuresOf } from './features.ts';
import type { UsageDeps } from './ports.ts';
import { readStanding, type Standing } from './store.ts';

type ReadDeps = Pick<UsageDeps, 'settings' | 'db' | 'mayUseKeys' | 'metrics'>;

/** What an account has used in the period that runs. One round trip. */
export const readUsage = (deps: ReadDeps, caller: Caller): Promise<Standing & { user: User }> =>
  standingOf(deps, caller, 'usage:read');

export type Entitlements = Standing & { readonly user: User; readonly features: readonly string[] };

/** All that an account may do by its plan, and how much of it is left. One round trip. */
export async function readEntitlements(
  deps: ReadDeps & Pick<UsageDeps, 'features'>,
  caller: Caller,
): Promise<Entitlements> {
  const standing = await standingOf(deps, caller, 'billing:read');
  return { ...standing, features: featuresOf(standing.plan, deps.features) };
}

async function standingOf(deps: ReadDeps, caller: Caller, scope: Scope): Promise<Standing & { user: User }> {
  const { user, results } = await authorizeCaller(deps, caller, { scope }, (owner) => [
    readStanding(owner, deps),
  ]);
  const [[standing]] = results;
  // Revoked, signed out or deleted between the two statements.
  if (!standing) throw new AppError('keyHash' in caller ? 'api_key_invalid' : 'invalid_token');
  return { ...standing, user };
}
