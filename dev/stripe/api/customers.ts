import type Stripe from 'stripe';
import { idOf, mergeMetadata } from '../account/references.ts';
import { endSubscription } from '../life/end.ts';
import { newCustomer } from '../objects/customer.ts';
import { missing } from '../wire/errors.ts';
import { type Page, paginate, type Range, within } from '../wire/lists.ts';
import { type Call, pathId, type Routes } from './call.ts';

export const customerRoutes: Routes = {
  'POST /v1/customers': ({ account, params }) => {
    const customer = account.put('customer', newCustomer(account, params as Stripe.CustomerCreateParams));
    account.emit('customer.created', customer);
    return customer;
  },
  'GET /v1/customers/{id}': (call) => {
    const id = pathId(call);
    return call.account.deletedKind(id) === 'customer' ? deletedCustomer(id) : standing(call);
  },
  'POST /v1/customers/{id}': (call) => {
    const customer = standing(call);
    const { email, name, description, phone, metadata, balance } = call.params as Stripe.CustomerUpdateParams;
    const given = { email, name, description, phone, balance };
    const wanted: Record<string, unknown> = {
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      metadata: mergeMetadata(customer.metadata, metadata),
    };
    const before = customer as unknown as Record<string, unknown>;
    const changed = Object.keys(wanted).filter(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(wanted[key]),
    );
    const previous = Object.fromEntries(changed.map((key) => [key, before[key]]));
    for (const key of changed) before[key] = wanted[key] === '' ? null : wanted[key];
    if (changed.length > 0) call.account.emit('customer.updated', customer, previous);
    return customer;
  },
  'DELETE /v1/customers/{id}': (call) => {
    const { account } = call;
    const customer = standing(call);
    for (const subscription of account.all('subscription')) {
      const over = ['canceled', 'incomplete_expired'].includes(subscription.status);
      if (idOf(subscription.customer) === customer.id && !over) {
        endSubscription(account, subscription, 'cancellation_requested');
      }
    }
    account.remove('customer', customer.id);
    account.emit('customer.deleted', customer);
    return deletedCustomer(customer.id);
  },
  'GET /v1/customers': ({ account, params, path }) => {
    const { email, created, ...page } = params as Page & { email?: string; created?: Range };
    const found = account
      .all('customer')
      .filter((one) => (email === undefined || one.email === email) && within(one.created, created));
    return paginate(found, page, path);
  },
};

/** The customer of the path. One that was deleted can be looked at, and nothing else. */
function standing(call: Call): Stripe.Customer {
  const id = pathId(call);
  if (call.account.deletedKind(id)) throw missing('customer', id);
  return call.account.get('customer', id);
}

function deletedCustomer(id: string): Stripe.DeletedCustomer {
  return { id, object: 'customer', deleted: true };
}
