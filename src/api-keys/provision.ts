import type { Origin } from '../audit/audit.ts';
import { newApiKey } from '../auth/api-key.ts';
import { authorizeCaller } from '../auth/authorize.ts';
import { usernamesLike } from '../auth/oauth-rules.ts';
import type { AuthDeps, Caller } from '../auth/ports.ts';
import { OWN_SCOPES } from '../auth/scopes.ts';
import type { User } from '../auth/store.ts';
import { toHex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { type ApiKeyId, newId, type SubscriptionId, type UserId } from '../ids.ts';
import { accountOfStore, obstacles, provision } from './provision-store.ts';

export type ProvisionInput = {
  readonly email: string;
  readonly username?: string | undefined;
  readonly platform: string;
  readonly storeId: string;
  readonly planCode?: string | undefined;
};

/**
 * The account of a store, for its platform: made with its plan and its first key, or as it stands. One round trip. Of
 * any number of calls for a store at once one makes it and gets the key.
 *
 * Nobody has proven the mailbox, so the account is not verified and has no password. Its key works nevertheless, until
 * the owner proves the mailbox: then nothing of what the platform set stays (docs/security.md).
 *
 * @throws {AppError} `email_taken`, `username_taken`, `plan_not_found`, and those of `authorizeCaller`
 */
export async function provisionUser(
  deps: Pick<AuthDeps, 'db' | 'mayUseKeys'>,
  caller: Caller,
  origin: Origin,
  input: ProvisionInput,
): Promise<{ platformUserId: UserId; user: User; created: boolean; key: string | undefined }> {
  const { key, ...secret } = await newApiKey();
  const { username, ...store } = input;
  const [handle = ''] = input.email.split('@');
  const draft = {
    ...store,
    planCode: input.planCode,
    userId: newId<UserId>(),
    usernames: username
      ? [username]
      : usernamesLike([handle], toHex(crypto.getRandomValues(new Uint8Array(12)))),
    subscriptionId: newId<SubscriptionId>(),
    key: { ...secret, id: newId<ApiKeyId>(), name: input.platform, scopes: OWN_SCOPES },
  };
  const policy = { scope: 'users:provision' } as const;
  const { user: platformUser, results } = await authorizeCaller(deps, caller, policy, (owner) => [
    provision(owner, origin, draft),
    accountOfStore(input),
    obstacles(draft),
  ]);
  const [[made], [standing], [found]] = results;
  // Revoked between the first statement and the second.
  if (!made?.allowed) throw new AppError('api_key_invalid');
  if (standing) {
    const { created, key_made } = made;
    return { platformUserId: platformUser.id, user: standing, created, key: key_made ? key : undefined };
  }
  if (!found?.plan_found) throw new AppError('plan_not_found');
  throw new AppError(username && !found.email_taken ? 'username_taken' : 'email_taken');
}
