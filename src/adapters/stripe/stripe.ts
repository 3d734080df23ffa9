import type Stripe from 'stripe';
import { HANDLED_EVENTS } from '../../billing/events.ts';
import type { PaymentProvider, Sales } from '../../billing/ports.ts';
import { createCatalog } from './catalog.ts';
import { createCheckout } from './checkout.ts';
import { ask, askFor, once, openStripe, type StripeConfig } from './client.ts';
import { toEvent, toSubscription } from './convert.ts';
import { createCustomers } from './customers.ts';
import { createInvoices } from './invoices.ts';
import { createMeters } from './meters.ts';
import { verifyWebhook } from './webhook.ts';

const EXPAND = { expand: ['latest_invoice'] };

/** Stripe as a payment provider (API version 2026-10-28.endive). Every POST carries the key of its act. */
export function createStripe(
  config: StripeConfig,
  patience: 'for each call' | 'for all calls',
): PaymentProvider & { readonly sales: Sales } {
  const stripe = openStripe(config, patience);
  const subscription = async (id: string) => {
    const found = await askFor(stripe.subscriptions.retrieve(id, EXPAND));
    return found && toSubscription(found);
  };
  const update = async (id: string, params: Stripe.SubscriptionUpdateParams, key: string) => {
    const updated = await askFor(
      once(key, (options) => stripe.subscriptions.update(id, { ...params, ...EXPAND }, options)),
    );
    return updated && toSubscription(updated);
  };

  return {
    name: 'stripe',
    subscription,
    cancelAtPeriodEnd: (id, key) => update(id, { cancel_at_period_end: true }, key),

    async resume(id, key) {
      const found = await subscription(id);
      if (!found || found.status === 'canceled') return found;
      if (found.status === 'paused') {
        const resumed = await askFor(
          once(key, (options) => stripe.subscriptions.resume(id, EXPAND, options)),
        );
        return resumed && toSubscription(resumed);
      }
      // The portal cancels by a date, we by the flag; setting one leaves the other alone.
      const raw = await askFor(stripe.subscriptions.retrieve(id));
      return update(
        id,
        raw?.cancel_at && !raw.cancel_at_period_end ? { cancel_at: '' } : { cancel_at_period_end: false },
        key,
      );
    },

    async end(id, key, { creditUnusedTime }) {
      try {
        const credit = creditUnusedTime && { prorate: true, invoice_now: true };
        const ended = await askFor(
          once(key, (options) => stripe.subscriptions.cancel(id, { ...EXPAND, ...credit }, options)),
        );
        // Of one that has ended Stripe says here that there is none, also to a repetition: a DELETE has no key that counts.
        return ended ? toSubscription(ended) : await subscription(id);
      } catch (error) {
        // Or it refuses.
        const now = await subscription(id);
        if (now?.status === 'canceled' || now?.status === 'incomplete_expired') return now;
        throw error;
      }
    },

    sales: {
      ...createCatalog(stripe),
      ...createCustomers(stripe),
      ...createCheckout(stripe, config),
      ...createInvoices(stripe),
      ...createMeters(stripe),

      async changePrice(id, priceId, key) {
        const found = await askFor(stripe.subscriptions.retrieve(id, EXPAND));
        const item = found?.items.data[0];
        if (!found || !item || item.price.id === priceId) return found && toSubscription(found);
        return update(
          id,
          {
            items: [{ id: item.id, price: priceId }],
            proration_behavior: 'always_invoice',
            payment_behavior: 'pending_if_incomplete',
          },
          key,
        );
      },

      verifyWebhook: (body, signature, now) => verifyWebhook(config, body, signature, now),

      async eventsBetween(since, until, limit) {
        const events: Stripe.Event[] = [];
        const list = stripe.events.list({
          created: { gte: seconds(since), lte: seconds(until) },
          types: [...HANDLED_EVENTS],
          limit: 100,
        });
        const read = async () => {
          for await (const event of list) {
            if (events.length === limit) return false;
            events.push(event);
          }
          return true;
        };
        const complete = await ask(read());
        return { complete, events: events.reverse().map(toEvent) };
      },
    },
  };
}

const seconds = (instant: Date) => Math.floor(instant.getTime() / 1_000);
