import type Stripe from 'stripe';
import { inject } from 'vitest';

export type Card = 'works' | 'declined' | 'needs_action' | 'none';
export type Moment =
  | 'renewal'
  | 'period_end'
  | 'trial_end'
  | 'trial_will_end'
  | 'incomplete_expiry'
  | 'retry'
  | 'next';
export type HeldEvent = { event: Stripe.Event; body: string; signature: string };
export type SentRequest = {
  id: string;
  method: string;
  path: string;
  params: Record<string, unknown>;
  idempotency_key: string | null;
  status: number | null;
  replayed: boolean;
};
export type Fault = {
  status?: number;
  retry_after?: number;
  count?: number;
  path?: string;
  method?: string;
  /** The request is executed and its answer is lost. */
  afterExecuting?: boolean;
  /** The connection ends without an answer. */
  drop?: boolean;
  hangMs?: number;
};
type Charged = { invoice: string } | { charge: string };
/** `declined` is the bank's reason when it refused. */
export type Tried<T> = { object: T; declined: string | null };

/** An account of the Stripe emulator that nobody else has, and what only time, banks and people do on it. */
export type StripeAccount = ReturnType<typeof stripeAccount>;

/** Makes an account. Events wait until `events()` is asked for them; each comes with a fresh signature. */
export function stripeAccount(webhookSecret = `whsec_${crypto.randomUUID()}`) {
  const apiUrl = inject('stripeUrl');
  const secretKey = `sk_test_${crypto.randomUUID().replaceAll('-', '')}`;
  let configured: Promise<unknown> | undefined;

  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${apiUrl}/_control${path}`, {
      method,
      headers: { Authorization: `Bearer ${secretKey}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_control${path}: ${response.status} ${text}`);
    return JSON.parse(text) as T;
  }
  // Events that were made before are signed anew with the secret of this account.
  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    configured ??= send('POST', '/configure', { webhookSecret });
    await configured;
    return send<T>(method, path, body);
  }

  const control = {
    configure: (settings: {
      webhookUrl?: string | null;
      mode?: 'push' | 'hold';
      /** Seconds between attempts to collect a renewal. */
      retrySchedule?: number[];
      afterRetries?: 'cancel' | 'unpaid' | 'past_due';
    }) => call('POST', '/configure', settings),

    /** Everything that happened, the oldest first, as a webhook would bring it. */
    events: async (...types: string[]): Promise<HeldEvent[]> => {
      const all = await call<HeldEvent[]>('GET', '/events');
      return types.length === 0 ? all : all.filter(({ event }) => types.includes(event.type));
    },
    deliver: (how: { order?: 'forward' | 'reverse' | 'random'; duplicate?: number; drop?: string[] } = {}) =>
      call<{ id: string; type: string; status: number | null }[]>('POST', '/deliver', how),
    deliverAgain: (event: string) => call<HeldEvent>('POST', `/events/${event}/deliver`),

    /** Puts the account's clock forward; everything that falls due happens. Answers the time, in seconds. */
    advance: (wanted: { seconds: number } | { to: Moment; subscription?: string }) =>
      call<{ now: number }>('POST', '/advance', wanted),

    /** What a person does on the checkout page. */
    completeSession: (
      id: string,
      how: {
        outcome?: 'paid' | 'declined' | 'async' | 'requires_action';
        promotion_code?: string;
        email?: string;
        card?: Card;
      } = {},
    ) => call<Tried<Stripe.Checkout.Session>>('POST', `/sessions/${id}/complete`, how),
    settleSession: (id: string, outcome: 'succeeded' | 'failed') =>
      call<Stripe.Checkout.Session>('POST', `/sessions/${id}/async`, { outcome }),
    expireSession: (id: string) => call<Stripe.Checkout.Session>('POST', `/sessions/${id}/expire`),

    failNextPayment: (how: { customer?: string; decline_code?: string; times?: number } = {}) =>
      call('POST', '/fail-next-payment', how),
    setCard: (customer: string, card: Card) => call('POST', '/card', { customer, card }),
    /** The customer comes back with a card that works. */
    payInvoice: (invoice: string) => call<Stripe.Invoice>('POST', `/payments/${invoice}/pay`),
    retryPayment: (invoice: string) => call<Tried<Stripe.Invoice>>('POST', '/retry-payment', { invoice }),

    refund: (of: Charged & { amount?: number }) => call<Stripe.Refund>('POST', '/refund', of),
    dispute: (of: Charged & { reason?: string }) => call<Stripe.Dispute>('POST', '/dispute', of),
    closeDispute: (id: string, outcome: 'won' | 'lost') =>
      call<Stripe.Dispute>('POST', `/dispute/${id}/close`, { outcome }),

    faults: (fault: Fault) => call('POST', '/faults', fault),
    clearFaults: () => call('DELETE', '/faults'),

    /** The requests of Stripe's API, the oldest first. */
    requests: () => call<SentRequest[]>('GET', '/requests'),
    /** What broke the contract, of either side. A healthy run leaves none. */
    violations: () => call<{ where: string; what: string; faults: object[] }[]>('GET', '/violations'),
    state: () => call<{ now: number; objects: Record<string, Record<string, unknown>> }>('GET', '/state'),
    /** Sets fields of an object to whatever they should be, unchecked; tells of it when it is said how. */
    mutate: (id: string, set: Record<string, unknown>, emit?: string) =>
      call('POST', '/mutate', { id, set, ...(emit && { emit }) }),
    /** Makes an event about an object as it is. */
    emit: (type: string, id: string, previous?: Record<string, unknown>) =>
      call<Stripe.Event>('POST', '/emit', { type, id, ...(previous && { previous }) }),
    reset: () => call('POST', '/reset'),
  };
  return { apiUrl, secretKey, webhookSecret, control };
}
