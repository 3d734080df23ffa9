import { parseSearchWith, stringifySearchWith } from '@tanstack/react-router';

/** No list of the service goes on for longer. */
const MAX_PAGE = 10_000;

// The router would read every value as JSON: a token of digits would be a number, and a word in an address quoted.

/** What stands after the `?`: texts, which `validateSearch` makes of them what they are. */
export const parseSearch = parseSearchWith((value) => value);

export const stringifySearch = stringifySearchWith(String);

/** The page of a list in an address; the first one is left out of it. */
export function readPage({ page: value }: Readonly<Record<string, unknown>>): { page?: number } {
  const page = Number(value);
  return Number.isSafeInteger(page) && page > 1 && page <= MAX_PAGE ? { page } : {};
}
