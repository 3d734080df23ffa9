import { fromBase64Url, toBase64Url, toHex } from '../encoding.ts';
import { type OneTimeTokenId, parseId } from '../ids.ts';
import type { KeyedHash } from './keyed-hash.ts';

/** What a mailed link may do. */
export type OneTimePurpose = 'verify_email' | 'reset_password' | 'change_email' | 'undo_email_change';

export const ID_BYTES = 16;

export const idToBytes = (id: OneTimeTokenId): Uint8Array =>
  Uint8Array.from(id.replaceAll('-', '').match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));

export const idFromBytes = (bytes: Uint8Array): OneTimeTokenId | undefined =>
  parseId(toHex(bytes).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'));

/**
 * The token of a mailed link: the id of its row and an HMAC over purpose and id. Nothing that opens an account
 * stands in the database or in the outbox; the mail is made from the id when it is sent.
 */
export async function signOneTimeToken(
  hash: KeyedHash,
  purpose: OneTimePurpose,
  id: OneTimeTokenId,
): Promise<string> {
  const mac = await hash(`one-time-token:${purpose}`, id);
  return toBase64Url(new Uint8Array([...idToBytes(id), ...mac]));
}

/** The id in a token of that purpose, or `undefined` for anything we did not sign. */
export async function openOneTimeToken(
  hash: KeyedHash,
  purpose: OneTimePurpose,
  token: string,
): Promise<OneTimeTokenId | undefined> {
  const bytes = fromBase64Url(token);
  if (!bytes || bytes.length <= ID_BYTES) return undefined;
  const id = idFromBytes(bytes.subarray(0, ID_BYTES));
  if (!id) return undefined;
  const mac = await hash(`one-time-token:${purpose}`, id);
  const given = bytes.subarray(ID_BYTES);
  return given.length === mac.length && crypto.subtle.timingSafeEqual(given, mac) ? id : undefined;
}
