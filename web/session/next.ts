import { parseSearch } from '../parts/search.ts';

/** Anything that two parsers might read differently, a second slash before all. */
const ODD = /^\/[/\\]|[\\\s\p{Cc}]/u;

/**
 * Where to go after signing in: a path of these pages, never an address of somebody else's.
 *
 * @returns `undefined` for everything that is not plainly such a path
 */
export function ownPath(next: unknown): string | undefined {
  if (typeof next !== 'string' || !next.startsWith('/') || ODD.test(next)) return undefined;
  const origin = 'https://here.invalid';
  if (!URL.canParse(next, origin)) return undefined;
  const url = new URL(next, origin);
  const path = url.pathname + url.search + url.hash;
  // Once more, because `/a/..//elsewhere` only now is what it is.
  return url.origin === origin && !ODD.test(path) ? path : undefined;
}

/** The same as a destination of the router. */
export function destinationOf(next: string | undefined): {
  to: string;
  search: Record<string, unknown>;
  hash: string;
} {
  const url = new URL(next ?? '/', 'https://here.invalid');
  return { to: url.pathname, search: parseSearch(url.search), hash: url.hash.slice(1) };
}
