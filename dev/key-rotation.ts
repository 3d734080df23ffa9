import { exportJWK, importPKCS8, type JWK } from 'jose';
import { CommandError } from './project.ts';
import { signingKey } from './secrets.ts';
import type { Environment } from './settings.ts';

export type RotatedKeys = { readonly ACCESS_PREVIOUS_KEYS: string; readonly ACCESS_SECRET_KEY: string };

/**
 * A new signing key, and the list with which tokens of the old and of the new one verify while the change spreads.
 * Of a private key only the public part goes into the list; HS256 has no such part.
 *
 * @throws CommandError when there is no key to replace, or what stands there is none
 */
export async function rotateKeys(given: Environment): Promise<RotatedKeys> {
  const algorithm = given.ALGORITHM || 'ES256';
  const old = given.ACCESS_SECRET_KEY;
  if (!old) throw new CommandError('ACCESS_SECRET_KEY is not set: there is nothing to rotate.');
  const fresh = await signingKey(algorithm);
  const verifying = [await verifyingPart(algorithm, fresh), await verifyingPart(algorithm, old)];
  const earlier = earlierKeys(given.ACCESS_PREVIOUS_KEYS).filter((key) => !verifying.some(same(key)));
  return { ACCESS_PREVIOUS_KEYS: JSON.stringify([...verifying, ...earlier]), ACCESS_SECRET_KEY: fresh };
}

const same = (one: unknown) => (other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function earlierKeys(text: string | undefined): unknown[] {
  try {
    const list: unknown = JSON.parse(text || '[]');
    if (Array.isArray(list)) return list;
  } catch {
    // Said below.
  }
  throw new CommandError('ACCESS_PREVIOUS_KEYS is no JSON array.');
}

async function verifyingPart(algorithm: string, key: string): Promise<JWK | string> {
  if (algorithm === 'HS256') return key;
  try {
    const jwk = key.trim().startsWith('{')
      ? (JSON.parse(key) as JWK)
      : await exportJWK(
          await importPKCS8(key.trim().replaceAll('\\n', '\n'), algorithm, { extractable: true }),
        );
    const { kty = '', crv, x, y } = jwk;
    if (!kty || !crv || !x) throw new TypeError('not a key');
    return { kty, crv, x, ...(y && { y }) };
  } catch {
    throw new CommandError(`ACCESS_SECRET_KEY is no private ${algorithm} key (a JWK or PKCS#8 PEM).`);
  }
}
