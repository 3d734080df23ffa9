/** No list of the service goes on for longer. */
const MAX_PAGE = 10_000;

// The router's own would make numbers of digits, and quote a word that looks like JSON.

/** What stands after the `?`: texts, of which `validateSearch` makes what they are. */
export const parseSearch = (text: string): Record<string, unknown> =>
  Object.fromEntries(new URLSearchParams(text));

/** The same again; what is undefined is left out. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

/** The page of a list in an address; the first one is left out of it. */
export function readPage(value: unknown): number | undefined {
  const page = Number(value);
  return Number.isSafeInteger(page) && page > 1 && page <= MAX_PAGE ? page : undefined;
}

/**
 * The search parameters of a page with one list and no filters. What is refused stays in as undefined: the router puts
 * the answer over what the address says, key by key.
 */
export const readListSearch = (search: Readonly<Record<string, unknown>>): { page?: number | undefined } => ({
  page: readPage(search.page),
});
