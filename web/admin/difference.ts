/** A field that was one thing and is another; `undefined` where it was not there. */
export type Difference = { readonly field: string; readonly before: unknown; readonly after: unknown };

/** What became different, field by field, with dots for what lies deeper: `limits.max_items`. */
export function differenceOf(before: unknown, after: unknown): readonly Difference[] {
  const was = fieldsOf(before);
  const is = fieldsOf(after);
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((field) => ({ field, before: was.get(field), after: is.get(field) }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

/** What a field holds, for a person to read; nothing for what is not there. */
export function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fieldsOf(value: unknown, path = '', fields = new Map<string, unknown>()): Map<string, unknown> {
  if (value === null || value === undefined) {
    if (path) fields.set(path, value);
  } else if (typeof value !== 'object' || Array.isArray(value)) {
    fields.set(path || 'value', value);
  } else {
    for (const [name, part] of Object.entries(value)) fieldsOf(part, path ? `${path}.${name}` : name, fields);
  }
  return fields;
}
