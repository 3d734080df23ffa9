import { ConstraintViolation } from '../db/errors.ts';
import { sha256Hex, toHex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { newId, type SessionId, type UserId } from '../ids.ts';
import { changeCredentials } from './credential-store.ts';
import { providerOf } from './oauth-begin.ts';
import type { PendingSignIn, ProviderIdentity, ProviderName } from './oauth-ports.ts';
import { addressesFor, usernamesFor } from './oauth-rules.ts';
import { claimedAccount, lockIdentity, provision, signIn } from './oauth-store.ts';
import { draftSession, finishSession, type SessionTokens } from './open-session.ts';
import type { AuthDeps, ClientInfo } from './ports.ts';
import type { User } from './store.ts';

/** What the provider sent the browser back with. */
export type Callback = {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly error?: string | undefined;
};

/** Two attempts, because the first can lose its account to a deletion or a rename between its statements. */
const ATTEMPTS = 2;

/**
 * Ends a sign-in that was begun in this browser: asks the provider who it is and opens a session of that account,
 * which is made if there is none. One round trip, two after a lost race.
 *
 * A state opens one session. KV has no compare-and-set, so 30 callbacks at once may all find it; but the id of the
 * session is derived from the state, and a table has an id once.
 *
 * @throws {AppError} `oauth_state_invalid`, `oauth_denied`, `oauth_provider_error`, `oauth_email_unverified`,
 *   `account_disabled`, `oauth_not_configured`, `oauth_unavailable`
 */
export async function finishSignIn(
  deps: AuthDeps,
  providerName: ProviderName,
  callback: Callback,
  browserSecret: string | undefined,
  client: ClientInfo,
): Promise<{ user: User; tokens: SessionTokens; redirectTo: string | null }> {
  const provider = providerOf(deps.oauth, providerName);
  const stateHash = await sha256Hex(callback.state ?? '');
  const pending = await claim(deps, providerName, stateHash, browserSecret);
  if (callback.error !== undefined) {
    throw new AppError(callback.error === 'access_denied' ? 'oauth_denied' : 'oauth_provider_error');
  }
  if (!callback.code) throw new AppError('oauth_state_invalid');

  const identity = await provider.identify(callback.code, pending.verifier);
  const opened = await openSession(deps, providerName, identity, stateHash, client);
  return { ...opened, redirectTo: pending.redirectTo };
}

/** The sign-in behind a state, when it was begun in this browser and at this provider; it is then used up. */
async function claim(
  { oauth }: AuthDeps,
  provider: ProviderName,
  stateHash: string,
  browserSecret: string | undefined,
): Promise<PendingSignIn> {
  const pending = browserSecret ? await oauth.pending.get(stateHash) : undefined;
  if (
    !browserSecret ||
    !pending ||
    pending.provider !== provider ||
    pending.expiresAt <= Date.now() ||
    pending.browserHash !== (await sha256Hex(browserSecret))
  ) {
    throw new AppError('oauth_state_invalid');
  }
  await oauth.pending.drop(stateHash);
  return pending;
}

async function openSession(
  deps: AuthDeps,
  provider: ProviderName,
  identity: ProviderIdentity,
  stateHash: string,
  client: ClientInfo,
): Promise<{ user: User; tokens: SessionTokens }> {
  const { row, refreshToken } = await draftSession(deps, client, provider);
  const draft = { row: { ...row, id: await sessionIdOf(deps, stateHash) }, refreshToken };
  const addresses = addressesFor(identity);

  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const arrival = {
      provider,
      subject: identity.subject,
      email: identity.email,
      provenEmail: identity.emailVerified ? identity.email : null,
      newUserId: newId<UserId>(),
      addresses,
      usernames: usernamesFor(identity, toHex(crypto.getRandomValues(new Uint8Array(12)))),
    };
    const [[found]] = await changeCredentials(
      deps.db,
      claimedAccount(arrival),
      [],
      [signIn(arrival, draft.row)],
      [lockIdentity(arrival), provision(arrival, client)],
    ).catch(refuseSecondUse);
    if (!found && addresses.length === 0) throw new AppError('oauth_email_unverified');
    if (!found) continue;
    if (!found.expiresAt) throw new AppError('account_disabled');
    const { user, expiresAt, ...opened } = found;
    const tokens = await finishSession(deps, draft, { ...opened, userId: user.id, expiresAt });
    return { user, tokens };
  }
  throw new AppError('oauth_unavailable');
}

/** A UUID (version 8, RFC 9562 §5.8) that this state has and no other, and that nobody can compute who has not our key. */
async function sessionIdOf({ validationHash }: AuthDeps, stateHash: string): Promise<SessionId> {
  const bytes = (await validationHash('oauth-session', stateHash)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return toHex(bytes).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5') as SessionId;
}

function refuseSecondUse(error: unknown): never {
  if (error instanceof ConstraintViolation && error.constraint === 'sessions_pkey') {
    throw new AppError('oauth_state_invalid', { cause: error });
  }
  throw error;
}
