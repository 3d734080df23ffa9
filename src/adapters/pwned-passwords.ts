import type { BreachedPasswords } from '../auth/ports.ts';

const RANGE_URL = 'https://api.pwnedpasswords.com/range/';
const PREFIX_DIGITS = 5;
/** A person waits for the answer, and it is no condition for going on. */
const TIMEOUT_MS = 1_500;

/**
 * The Pwned Passwords range API (https://haveibeenpwned.com/API/v3#PwnedPasswords), by k-anonymity: it is told five
 * hex digits of the password's SHA-1, a bucket of hundreds, and the rest is compared here. Padding hides from who
 * counts bytes which bucket it was. SHA-1 is what the service speaks; nothing is kept under it.
 *
 * Fails open: that a service of somebody else's is slow must not keep people from setting a password.
 */
export function createPwnedPasswords(report: (error: unknown) => void): BreachedPasswords {
  return {
    async includes(password) {
      const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(password));
      const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      try {
        const response = await fetch(RANGE_URL + hex.slice(0, PREFIX_DIGITS).toUpperCase(), {
          headers: { 'Add-Padding': 'true', 'User-Agent': 'tollgate' },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        if (!response.ok) throw new Error(`status ${response.status}`);
        return lists(await response.text(), hex.slice(PREFIX_DIGITS).toUpperCase());
      } catch (error) {
        report(error);
        return false;
      }
    },
  };
}

/** Lines are `SUFFIX:COUNT`; a padding line counts 0. */
function lists(body: string, suffix: string): boolean {
  return body.split(/\r?\n/).some((line) => {
    const [listed, count] = line.split(':');
    return listed?.toUpperCase() === suffix && Number(count) > 0;
  });
}
