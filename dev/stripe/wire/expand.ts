import type { Account } from '../account/account.ts';
import { idOf, listOf } from '../account/references.ts';
import { lineItems } from '../objects/session.ts';
import { invalid } from './errors.ts';

type Json = Record<string, unknown>;

/** A copy of an answer with what `expand[]` names put in the place of its id. */
export function expand(account: Account, answer: unknown, paths: readonly string[]): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(answer));
  for (const path of paths) expandPath(account, copy, path.split('.'), path);
  return copy;
}

function expandPath(account: Account, value: unknown, keys: string[], path: string): void {
  const [key, ...rest] = keys;
  if (key === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const one of value) expandPath(account, one, keys, path);
    return;
  }
  if (typeof value !== 'object') throw cannot(path);
  const object = value as Json;
  if (!(key in object)) include(account, object, key, path);
  const below = object[key];
  if (typeof below === 'string') object[key] = resolve(account, below, path);
  else if (Array.isArray(below)) {
    object[key] = below.map((one: unknown) => (typeof one === 'string' ? resolve(account, one, path) : one));
  }
  expandPath(account, object[key], rest, path);
}

function resolve(account: Account, id: string, path: string): unknown {
  const deleted = account.deletedKind(id);
  if (deleted) return { id, object: deleted, deleted: true };
  const found = account.lookUp(id);
  if (!found) throw cannot(path);
  return JSON.parse(JSON.stringify(found));
}

/** Lists that are only part of an answer when they are asked for. */
function include(account: Account, object: Json, key: string, path: string): void {
  const id = String(object.id);
  switch (`${object.object}.${key}`) {
    case 'invoice.payments':
      object[key] = copyOf(
        account.all('invoice_payment').filter((one) => idOf(one.invoice) === id),
        `/v1/invoice_payments?invoice=${id}`,
      );
      return;
    case 'checkout.session.line_items':
      object[key] = copyOf(
        lineItems(account, account.get('checkout.session', id)),
        `/v1/checkout/sessions/${id}/line_items`,
      );
      return;
    case 'customer.subscriptions':
      object[key] = copyOf(
        account.all('subscription').filter((one) => one.customer === id && one.status !== 'canceled'),
        `/v1/customers/${id}/subscriptions`,
      );
      return;
    case 'charge.refunds':
      object[key] = copyOf(
        account.all('refund').filter((one) => idOf(one.charge) === id),
        `/v1/charges/${id}/refunds`,
      );
      return;
    default:
      throw cannot(path);
  }
}

function copyOf<T>(data: T[], url: string): unknown {
  return JSON.parse(JSON.stringify(listOf(data.toReversed(), url)));
}

function cannot(path: string) {
  return invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
}
