import { invalid } from './errors.ts';

/** What a form or a query decodes to: every leaf is text. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };
export type Form = { [name: string]: FormValue };

type Branch = Map<string, Branch | string>;

/**
 * Decodes Stripe's bracketed form encoding: `items[0][price]=x` is `{ items: [{ price: 'x' }] }`, and `expand[]=a`
 * appends.
 */
export function decodeForm(text: string): Form {
  const root: Branch = new Map();
  for (const [name, value] of new URLSearchParams(text)) insert(root, keysOf(name), value, name);
  return Object.fromEntries([...root].map(([key, value]) => [key, unfold(value)]));
}

function keysOf(name: string): string[] {
  const [, head, tail = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (head === undefined) throw invalid(`Invalid parameter name: ${name}`, { param: name });
  return [head, ...[...tail.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key)];
}

function insert(branch: Branch, keys: string[], value: string, name: string): void {
  const [first = '', ...rest] = keys;
  const key = first === '' ? String(branch.size) : first;
  if (rest.length === 0) {
    branch.set(key, value);
    return;
  }
  const below = branch.get(key) ?? new Map();
  if (typeof below === 'string') throw invalid(`Invalid parameter name: ${name}`, { param: name });
  branch.set(key, below);
  insert(below, rest, value, name);
}

function unfold(value: Branch | string): FormValue {
  if (typeof value === 'string') return value;
  const keys = [...value.keys()];
  if (keys.length > 0 && keys.every((key, index) => key === String(index))) {
    return [...value.values()].map(unfold);
  }
  return Object.fromEntries([...value].map(([key, below]) => [key, unfold(below)]));
}
