/** Where accounts without an address get one that mail never goes to; `.local` is nobody's (RFC 6762 §3). */
export const UNMAILED_DOMAIN = 'github.local';
