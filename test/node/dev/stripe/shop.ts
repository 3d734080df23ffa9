import Stripe from 'stripe';
import { stripeAccount } from '../../../support/stripe.ts';

/** An account with the SDK as the service uses it, and something to sell. */
export type Shop = Awaited<ReturnType<typeof openShop>>;

export async function openShop() {
  const account = stripeAccount();
  const { hostname, port } = new URL(account.apiUrl);
  const stripe = new Stripe(account.secretKey, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout: 5_000,
  });
  const product = await stripe.products.create({ name: 'Tollgate' });
  const price = (amount: number, key: string, interval: 'month' | 'year' = 'month', currency = 'usd') =>
    stripe.prices.create({
      currency,
      unit_amount: amount,
      product: product.id,
      recurring: { interval },
      lookup_key: key,
    });
  const [pro, enterprise] = [await price(1_900, 'pro'), await price(9_900, 'enterprise')];
  const shop = {
    ...account,
    stripe,
    product,
    price,
    pro,
    enterprise,

    customer: () => stripe.customers.create({ email: `${crypto.randomUUID()}@acme.test` }),

    session: async (
      customer: string,
      params: Partial<Stripe.Checkout.SessionCreateParams> = {},
      of: string = pro.id,
    ) =>
      stripe.checkout.sessions.create({
        mode: 'subscription',
        customer,
        line_items: [{ price: of, quantity: 1 }],
        success_url: 'http://tollgate.test/done?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'http://tollgate.test/plans',
        ...params,
      }),

    /** A customer who bought something. */
    async buyer(params: Partial<Stripe.Checkout.SessionCreateParams> = {}, of: string = pro.id) {
      const customer = await shop.customer();
      const session = await shop.session(customer.id, params, of);
      const { object } = await account.control.completeSession(session.id);
      const subscription = await stripe.subscriptions.retrieve(String(object.subscription));
      return { customer, session: object, subscription, invoice: String(object.invoice) };
    },

    subscription: (id: string, expand: string[] = []) => stripe.subscriptions.retrieve(id, { expand }),

    /** The types of what happened since the last time, without what has no shape in the contract. */
    async news(): Promise<string[]> {
      const all = await account.control.events();
      const types = all.slice(seen).map(({ event }) => String(event.type));
      seen = all.length;
      return types.filter((type) => !/^(charge\.(succeeded|failed)|payment_intent\.)/.test(type));
    },
  };
  let seen = 0;
  await shop.news();
  return shop;
}

/** What a subscription's only item is and costs. */
export function itemOf({ items }: Stripe.Subscription): Stripe.SubscriptionItem {
  const [item] = items.data;
  if (!item) throw new Error('There is no item.');
  return item;
}

/** The latest invoice of a subscription that was asked for with it. */
export function invoiceOf({ latest_invoice: invoice }: Stripe.Subscription): Stripe.Invoice {
  if (!invoice || typeof invoice === 'string') throw new Error('The invoice was not expanded.');
  return invoice;
}

export const DAY = 86_400;
