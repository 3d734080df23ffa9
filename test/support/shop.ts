import type Stripe from 'stripe';
import { expect } from 'vitest';
import { ingestEvent } from '../../src/billing/ingest-event.ts';
import { processEvent } from '../../src/billing/process-event.ts';
import { runTask } from '../../src/billing/run-task.ts';
import type { BillingTaskId } from '../../src/ids.ts';
import { newSession, type SignedIn } from './accounts.ts';
import { type Service, useService } from './service.ts';
import { stripeAccount } from './stripe.ts';

export type Answer = {
  status: number;
  body: {
    code?: string;
    errors?: Record<string, string>;
    checkout_url?: string;
    session_id?: string;
    [field: string]: unknown;
  };
};

type Kinds = {
  'checkout.session': Stripe.Checkout.Session;
  subscription: Stripe.Subscription;
  customer: Stripe.Customer;
  price: Stripe.Price;
  product: Stripe.Product;
  promotion_code: Stripe.PromotionCode;
};

/** A service that sells through an account of the Stripe emulator which nobody else has. */
export type Shop = ReturnType<typeof useShop>;

export function useShop(variables: Record<string, string> = {}) {
  const stripe = stripeAccount();
  const service: Service = useService({
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_API_URL: stripe.apiUrl,
    STRIPE_WEBHOOK_SECRET: stripe.webhookSecret,
    ...variables,
  });
  let told = 0;

  const shop = {
    service,
    stripe: stripe.control,

    async post(path: string, token: string, json?: unknown): Promise<Answer> {
      const response = await service.post(`/billing${path}`, json, { token });
      return { status: response.status, body: await response.json<Answer['body']>() };
    },
    subscribe: (token: string, json: object = {}) =>
      shop.post('/subscriptions/subscribe', token, { plan_code: 'pro', ...json }),
    upgrade: (token: string, json: object = {}) =>
      shop.post('/subscriptions/upgrade', token, { plan_code: 'enterprise', mode: 'prorate', ...json }),

    /** Lets the service work off what Stripe has told since the last time, and what follows from it. */
    async tell(): Promise<void> {
      const events = await stripe.control.events();
      const fresh = events.slice(told);
      told = events.length;
      for (const { event, body, signature } of fresh) {
        await ingestEvent(service.deps(), new TextEncoder().encode(body), signature);
        await processEvent(service.deps(), event.id);
      }
      const tasks = await service.sql(
        "SELECT id FROM billing_tasks WHERE status = 'pending' ORDER BY created_at",
      );
      for (const { id } of tasks) await runTask(service.deps(), id as BillingTaskId);
    },

    /** Somebody who bought a plan. Answers the id of the subscription at Stripe. */
    async customer(plan = 'pro'): Promise<SignedIn & { subscription: string }> {
      const session = await newSession(service);
      return { ...session, subscription: await shop.buy(session, plan) };
    },
    async buy({ token, id }: SignedIn, plan: string): Promise<string> {
      const { status, body } = await shop.subscribe(token, { plan_code: plan });
      expect([status, body.code]).toEqual([201, undefined]);
      await stripe.control.completeSession(body.session_id ?? '');
      await shop.tell();
      const [row] = await service.sql(
        "SELECT provider_subscription_id AS id FROM subscriptions WHERE user_id = $1 AND status <> 'canceled' ORDER BY started_at DESC, created_at DESC LIMIT 1",
        [id],
      );
      return String(row?.id);
    },

    /** Everything of a kind that there is at Stripe. */
    async at<K extends keyof Kinds>(kind: K): Promise<Kinds[K][]> {
      const { objects } = await stripe.control.state();
      return Object.values(objects[kind] ?? {}) as Kinds[K][];
    },
    intents: (userId: string) =>
      service.sql('SELECT * FROM checkout_intents WHERE user_id = $1 ORDER BY created_at', [userId]),
  };
  return shop;
}
