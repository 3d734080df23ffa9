import { parseSearchWith, stringifySearchWith } from '@tanstack/react-router';

// The router would read every value as JSON: a token of digits would be a number, and a word in an address quoted.

/** What stands after the `?`: texts, which `validateSearch` makes of them what they are. */
export const parseSearch = parseSearchWith((value) => value);

export const stringifySearch = stringifySearchWith(String);
