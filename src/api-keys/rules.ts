/** Live keys that an account may have at a time. */
export const MAX_LIVE_KEYS = 50;

/** The latest end that a key may be given; one that is meant to have none has none. */
export const LONGEST_LIFE_YEARS = 10;
