/** The id of what is either an id or the object itself, as an expandable field of Stripe's types is. */
export function idOf(reference: string | { id?: string } | null | undefined): string | null {
  if (!reference) return null;
  return typeof reference === 'string' ? reference : (reference.id ?? null);
}

/** The same where there has to be one. */
export function requiredId(reference: string | { id?: string } | null | undefined): string {
  const id = idOf(reference);
  if (!id) throw new TypeError('The emulator kept an object without what it refers to.');
  return id;
}

/** Stripe's metadata: what is given is merged in, an empty value removes its key, an empty whole removes all. */
export function mergeMetadata(
  before: Record<string, string>,
  given: '' | Record<string, string | number | null> | null | undefined,
): Record<string, string> {
  if (given === undefined) return before;
  if (given === '' || given === null) return {};
  const merged = { ...before };
  for (const [key, value] of Object.entries(given)) {
    if (value === '' || value === null) delete merged[key];
    else merged[key] = String(value);
  }
  return merged;
}

/** A list as it goes over the wire. */
export function listOf<T>(data: T[], url: string, hasMore = false) {
  return { object: 'list' as const, data, has_more: hasMore, url };
}
