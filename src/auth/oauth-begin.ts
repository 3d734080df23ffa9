import { sha256Hex, toBase64Url } from '../encoding.ts';
import { AppError } from '../errors.ts';
import type { OAuthProvider, ProviderName } from './oauth-ports.ts';
import type { AuthDeps } from './ports.ts';
import { requireRedirectTarget } from './redirect-target.ts';

/** How long somebody may take at the provider's. */
export const STATE_TTL_SECONDS = 600;

const SECRET_BYTES = 32;

/** Where the browser goes, and the secret that only it shall have. */
export type BegunSignIn = { readonly location: string; readonly browserSecret: string };

/**
 * Begins a sign-in at a provider. Nothing is asked of the database.
 *
 * @throws {AppError} `oauth_not_configured`, `validation_failed`, `oauth_unavailable`
 */
export async function beginSignIn(
  { oauth, settings }: Pick<AuthDeps, 'oauth' | 'settings'>,
  providerName: ProviderName,
  redirectTo: string | undefined,
): Promise<BegunSignIn> {
  const provider = providerOf(oauth, providerName);
  const target = redirectTo === undefined ? null : requireRedirectTarget('redirect_to', redirectTo, settings);
  const [state, verifier, browserSecret] = [newSecret(), newSecret(), newSecret()];
  await oauth.pending.put(
    await sha256Hex(state),
    {
      provider: providerName,
      purpose: 'login',
      verifier,
      browserHash: await sha256Hex(browserSecret),
      redirectTo: target,
      expiresAt: Date.now() + STATE_TTL_SECONDS * 1_000,
    },
    STATE_TTL_SECONDS,
  );
  return { location: provider.authorizationUrl(state, verifier), browserSecret };
}

/** @throws {AppError} `oauth_not_configured` */
export function providerOf(oauth: AuthDeps['oauth'], name: ProviderName): OAuthProvider {
  const provider = oauth.providers[name];
  if (!provider) throw new AppError('oauth_not_configured');
  return provider;
}

const newSecret = () => toBase64Url(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
