import { toHex } from '../encoding.ts';
import type { LoginCodeId } from '../ids.ts';
import type { KeyedHash } from './keyed-hash.ts';

const DIGITS = 8;

/**
 * The code of a row: eight digits out of an HMAC over its id. The id is random and the key is ours, so the code is as
 * good as drawn, and it stands neither in the database nor in the outbox: the mail makes it again when it is sent.
 * Of 2^64 values modulo 10^8 none is likelier than another by more than 10^8/2^64, one in 10^11.
 */
export async function loginCodeOf(hash: KeyedHash, id: LoginCodeId): Promise<string> {
  const mac = await hash('login-code-digits', id);
  const value = new DataView(mac.buffer, mac.byteOffset).getBigUint64(0);
  return String(value % 10n ** BigInt(DIGITS)).padStart(DIGITS, '0');
}

/** What the row keeps of a code: without the key, trying all of the codes tells nothing. */
export async function loginCodeHash(hash: KeyedHash, email: string, code: string): Promise<string> {
  return toHex(await hash('login-code', `${email}:${code}`));
}

/** Under which wrong codes are counted: apart from wrong passwords, so that neither way in closes the other. */
export const loginCodeSubject = (addressSubject: string) => `${PREFIX}${addressSubject}`;

/** The name of the address in the name of either of its counters. */
export const addressOf = (subject: string) => subject.replace(PREFIX, '');

const PREFIX = 'login-code:';
