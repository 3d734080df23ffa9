import type { Origin } from '../audit/audit.ts';
import { newApiKey } from '../auth/api-key.ts';
import { authorizeCaller, noApiAccess } from '../auth/authorize.ts';
import type { AccessClaims, AuthDeps } from '../auth/ports.ts';
import { ADMIN_SCOPES, SCOPES, type Scope } from '../auth/scopes.ts';
import { AppError } from '../errors.ts';
import { type ApiKeyId, newId } from '../ids.ts';
import { LONGEST_LIFE_YEARS } from './rules.ts';
import { type ApiKey, countKeys, createKey, listKeys, lockOwner, revokeKey } from './store.ts';

type Deps = Pick<AuthDeps, 'db' | 'mayUseKeys'>;

/**
 * Makes an API key for the own account. One round trip. The key itself is in the answer and nowhere else.
 *
 * @throws {AppError} `plan_required`, `admin_required` for scopes that reach beyond the own account,
 *   `api_key_limit_reached`, `validation_failed`, and those of `authorize`
 */
export async function createApiKey(
  deps: Deps,
  claims: AccessClaims,
  input: { name: string; scopes: readonly Scope[]; expiresAt: Date | null },
  origin: Origin,
): Promise<ApiKey & { readonly key: string }> {
  const { key, hash, shownPrefix } = await newApiKey();
  const scopes = SCOPES.filter((scope) => input.scopes.includes(scope));
  const draft = {
    id: newId<ApiKeyId>(),
    name: input.name,
    shownPrefix,
    hash,
    scopes,
    forAdministrators: scopes.some((scope) => ADMIN_SCOPES.has(scope)),
    expiresAt: input.expiresAt,
  };
  const { results } = await authorizeCaller(deps, { claims }, {}, (owner) => [
    lockOwner(claims.userId),
    createKey(owner, draft, deps.mayUseKeys, origin),
  ]);
  const [, [made]] = results;
  // Deactivated, signed out or deleted between the first statement and the lock.
  if (!made) throw new AppError('invalid_token');
  switch (made.outcome) {
    case 'created':
      break;
    case 'ends_in_past':
      throw invalidEnd('Must be a time to come.');
    case 'ends_too_late':
      throw invalidEnd(`Must be within ${LONGEST_LIFE_YEARS} years.`);
    case 'plan_required':
      throw noApiAccess();
    default:
      throw new AppError(made.outcome);
  }
  if (!made.created_at) throw new Error('the key left no row');
  const { id, name, expiresAt } = draft;
  return {
    ...{ id, name, scopes, expiresAt, key, keyPrefix: shownPrefix },
    createdAt: made.created_at,
    lastUsedAt: null,
  };
}

const invalidEnd = (message: string) =>
  new AppError('validation_failed', { errors: { expires_at: message } });

/** The own account's keys, the newest first; those that were revoked are gone from it. One round trip. */
export async function listApiKeys(
  deps: Deps,
  claims: AccessClaims,
  page: { limit: number; offset: number },
): Promise<{ keys: ApiKey[]; total: number }> {
  const { results } = await authorizeCaller(deps, { claims }, {}, (owner) => [
    listKeys(owner, page),
    countKeys(owner),
  ]);
  const [keys, [count]] = results;
  return { keys, total: count?.total ?? 0 };
}

/**
 * Revokes one of the own account's keys: its next call is refused. One round trip.
 *
 * @throws {AppError} `api_key_not_found`, for another's key and a revoked one as for none
 */
export async function revokeApiKey(
  deps: Deps,
  claims: AccessClaims,
  keyId: ApiKeyId,
  origin: Origin,
): Promise<void> {
  const { results } = await authorizeCaller(deps, { claims }, {}, (owner) => [
    revokeKey(owner, keyId, origin),
  ]);
  const [[revoked]] = results;
  if (!revoked) throw new AppError('api_key_not_found');
}
