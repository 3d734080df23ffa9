import { toHex } from '../encoding.ts';
import type { KeyedHash } from './keyed-hash.ts';

/** The name under which counters know an address: stable, and no list of addresses when the table leaks. */
export async function addressSubject(hash: KeyedHash, email: string): Promise<string> {
  return toHex(await hash('address', email));
}
