/**
 * HMAC-SHA256 under one secret (RFC 2104). `purpose` separates the uses, so that a value made for one is worth
 * nothing in the place of another.
 */
export type KeyedHash = (purpose: string, message: string) => Promise<Uint8Array>;

export function createKeyedHash(secret: string): KeyedHash {
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return async (purpose, message) => {
    const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(`${purpose}\0${message}`)));
  };
}
