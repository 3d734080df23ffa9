import type Stripe from 'stripe';
import { beforeAll } from 'vitest';
import { newSession, type SignedIn } from './accounts.ts';
import { useBilling } from './billing.ts';

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
};

/** A service and what a user buys there, by its own routes. */
export type Shop = ReturnType<typeof useShop>;

export function useShop(variables: Record<string, string> = {}, user?: string) {
  const { service, stripe, control, deliverEvents } = useBilling(variables, user);

  const shop = {
    service,
    account: stripe,
    stripe: control,
    /** Lets the service work off what Stripe has told since the last time, and what follows from it. */
    tell: deliverEvents,

    async post(path: string, token: string, json?: unknown): Promise<Answer> {
      const response = await service.post(`/billing${path}`, json, { token });
      return { status: response.status, body: await response.json<Answer['body']>() };
    },
    subscribe: (token: string, json: object = {}) =>
      shop.post('/subscriptions/subscribe', token, { plan_code: 'pro', ...json }),
    upgrade: (token: string, json: object = {}) =>
      shop.post('/subscriptions/upgrade', token, { plan_code: 'enterprise', mode: 'prorate', ...json }),

    /** Somebody who bought a plan, with the id of the subscription at Stripe. */
    async customer(plan = 'pro'): Promise<SignedIn & { subscription: string }> {
      const session = await newSession(service);
      const { status, body } = await shop.subscribe(session.token, { plan_code: plan });
      if (status !== 201) throw new Error(`subscribe: ${status} ${body.code}`);
      const { object } = await control.completeSession(body.session_id ?? '');
      await shop.tell();
      return { ...session, subscription: String(object.subscription) };
    },

    /** Everything of a kind that there is at Stripe. */
    async at<K extends keyof Kinds>(kind: K): Promise<Kinds[K][]> {
      const { objects } = await control.state();
      return Object.values(objects[kind] ?? {}) as Kinds[K][];
    },
    /** The keys under which something was asked for by POST. */
    async keysOf(path: string): Promise<(string | null)[]> {
      const requests = await control.requests();
      return requests
        .filter((one) => one.method === 'POST' && one.path.startsWith(path))
        .map((one) => one.idempotency_key);
    },
    intents: (userId: string) =>
      service.sql('SELECT * FROM checkout_intents WHERE user_id = $1 ORDER BY created_at', [userId]),
  };
  // The emulator compiles a contract when it is first held to it, on a busy machine for longer than a request may wait.
  beforeAll(async () => {
    const { token } = await newSession(service);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      if ((await shop.subscribe(token)).status === 201) return;
    }
  }, 60_000);
  return shop;
}
