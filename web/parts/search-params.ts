type Kept<N extends string> = { [K in N | 'page']?: string | undefined };

/**
 * What a list's address may say, as texts: the page and the filters of these names. Made for `validateSearch`, so what
 * is not one stays in as undefined: the router puts the answer over what the address says, key by key. Whether a filter
 * means anything is for whoever uses it to say.
 */
export const keepTexts =
  <const N extends string>(...names: readonly N[]) =>
  (search: Record<string, unknown>): Kept<N> => {
    const kept: Record<string, string | undefined> = {};
    for (const name of [...names, 'page']) {
      const value = search[name];
      const isText = (typeof value === 'string' && value !== '') || typeof value === 'number';
      kept[name] = isText ? String(value) : undefined;
    }
    return kept as Kept<N>;
  };

/** A text of an address where it is one of those that mean something. */
export const oneOf = <const T extends string>(
  values: readonly T[],
  text: string | undefined,
): T | undefined => values.find((value) => value === text);

/** Without what is not there, so that it is not asked for. */
export const present = <T extends object>(parameters: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
