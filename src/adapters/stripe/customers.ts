import type Stripe from 'stripe';
import type { Sales } from '../../billing/ports.ts';
import { digest } from './catalog.ts';
import { ask, askFor, once } from './client.ts';
import { toSubscription } from './convert.ts';

/** More than anybody has. */
const MAX_SUBSCRIPTIONS = 100;

export const createCustomers = (
  stripe: Stripe,
): Pick<Sales, 'createCustomer' | 'deleteCustomer' | 'liveSubscriptions' | 'openPortal'> => ({
  async createCustomer({ id, email, username }) {
    const params = { email, name: username, metadata: { user_id: id } };
    const make = (key: string) => ask(once(key, (options) => stripe.customers.create(params, options)));
    const act = `customer:${id}:${await digest(`${email}\n${username}`)}`;
    const customer = await make(act);
    // Asked for again within the day that keys are kept, and deleted meanwhile: the saved answer doesn't know.
    if (customer.lastResponse.headers['idempotent-replayed'] !== 'true') return customer.id;
    const now = await askFor(stripe.customers.retrieve(customer.id));
    if (now && !now.deleted) return customer.id;
    return (await make(`${act}:${customer.id}`)).id;
  },

  async deleteCustomer(customerId, key) {
    await askFor(stripe.customers.del(customerId, undefined, { idempotencyKey: key }));
  },

  async liveSubscriptions(customerId) {
    const list = await ask(
      stripe.subscriptions.list({
        customer: customerId,
        limit: MAX_SUBSCRIPTIONS,
        expand: ['data.latest_invoice'],
      }),
    );
    return list.data
      .map(toSubscription)
      .filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired')
      .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  },

  async openPortal(customerId, returnUrl, key) {
    const params = { customer: customerId, return_url: returnUrl };
    const session = await ask(once(key, (options) => stripe.billingPortal.sessions.create(params, options)));
    return session.url;
  },
});
