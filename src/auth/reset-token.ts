import { fromBase64Url, toBase64Url, toHex } from '../encoding.ts';
import type { OneTimeTokenId } from '../ids.ts';
import type { KeyedHash } from './keyed-hash.ts';
import { ID_BYTES, idFromBytes, idToBytes } from './one-time-token.ts';

const SUBJECT_BYTES = 32;

/** What a link to set a new password says: its row, and the name under which counters know the address. */
export type ResetToken = { readonly id: OneTimeTokenId; readonly subject: string };

/**
 * Like any mailed link's token, but it also carries the keyed hash of the address it went to: whoever sets a new
 * password is to get in with it at once, and the wrong ones are counted under that hash, which the database can not
 * compute. Both stand under the signature.
 */
export async function signResetToken(hash: KeyedHash, id: OneTimeTokenId, subject: string): Promise<string> {
  const subjectBytes = Uint8Array.from(subject.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  return toBase64Url(new Uint8Array([...idToBytes(id), ...subjectBytes, ...(await sign(hash, id, subject))]));
}

/** `undefined` for anything we did not sign. */
export async function openResetToken(hash: KeyedHash, token: string): Promise<ResetToken | undefined> {
  const bytes = fromBase64Url(token);
  if (!bytes || bytes.length <= ID_BYTES + SUBJECT_BYTES) return undefined;
  const id = idFromBytes(bytes.subarray(0, ID_BYTES));
  if (!id) return undefined;
  const subject = toHex(bytes.subarray(ID_BYTES, ID_BYTES + SUBJECT_BYTES));
  const mac = await sign(hash, id, subject);
  const given = bytes.subarray(ID_BYTES + SUBJECT_BYTES);
  return given.length === mac.length && crypto.subtle.timingSafeEqual(given, mac)
    ? { id, subject }
    : undefined;
}

const sign = (hash: KeyedHash, id: OneTimeTokenId, subject: string) =>
  hash('one-time-token:reset_password', `${id}:${subject}`);
