import { UNMAILED_DOMAIN } from '../mail/unmailed.ts';
import type { ProviderIdentity } from './oauth-ports.ts';

const USERNAME_BASE_MAX_LENGTH = 40;
const USERNAME_MIN_LENGTH = 3;

/**
 * The addresses that a new account of this identity may have, the best first; none when the provider does not vouch
 * for the address it named.
 *
 * A handle can be given up and taken by somebody else, so the second choice carries the id, after a `+` that no
 * handle has.
 */
export function addressesFor(identity: ProviderIdentity): string[] {
  const { email, emailVerified, login, subject } = identity;
  if (email !== null) return emailVerified ? [email] : [];
  if (login === undefined) return [];
  const handle = login.toLowerCase();
  return [`${handle}@${UNMAILED_DOMAIN}`, `${handle}+${subject}@${UNMAILED_DOMAIN}`];
}

/**
 * The usernames that a new account may have, the best first. `random` makes the last ones free for all purposes: the
 * statement that inserts takes the first that nobody has.
 */
export function usernamesFor(identity: ProviderIdentity, random: string): string[] {
  const source = identity.login ?? identity.email?.split('@')[0] ?? identity.name ?? '';
  return usernamesLike([source, identity.name ?? ''], random);
}

/** Usernames made from the first of some texts that gives one, in the same way. */
export function usernamesLike(sources: readonly string[], random: string): string[] {
  const [base = 'user'] = sources.flatMap((source) => toUsername(source) ?? []);
  return [base, `${base}-${random.slice(0, 4)}`, `${base}-${random.slice(0, 12)}`, `user-${random}`];
}

function toUsername(source: string): string | undefined {
  const plain = source
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, USERNAME_BASE_MAX_LENGTH)
    .replace(/[^A-Za-z0-9]+$/, '');
  return plain.length >= USERNAME_MIN_LENGTH ? plain : undefined;
}
