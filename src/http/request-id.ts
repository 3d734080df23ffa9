export const REQUEST_ID_MAX_LENGTH = 128;

/** The caller's own id of a request where it is a sane one, as Hono's middleware judges it too; else a fresh one. */
export const requestIdOf = (given: string | undefined): string =>
  given && given.length <= REQUEST_ID_MAX_LENGTH && /^[\w\-=]+$/.test(given) ? given : crypto.randomUUID();
