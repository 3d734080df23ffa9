import type Stripe from 'stripe';
import type { Fault } from '../contract.ts';

/** What the emulator keeps of each kind, as it goes over the wire, references as ids. */
export type Objects = {
  customer: Stripe.Customer;
  product: Stripe.Product;
  price: Stripe.Price;
  coupon: Stripe.Coupon;
  promotion_code: Stripe.PromotionCode;
  discount: Stripe.Discount;
  'checkout.session': Stripe.Checkout.Session;
  subscription: Stripe.Subscription;
  invoice: Stripe.Invoice;
  invoice_payment: Stripe.InvoicePayment;
  payment_intent: Stripe.PaymentIntent;
  charge: Stripe.Charge;
  refund: Stripe.Refund;
  dispute: Stripe.Dispute;
  'billing_portal.session': Stripe.BillingPortal.Session;
  'billing_portal.configuration': Stripe.BillingPortal.Configuration;
  'billing.meter': Stripe.Billing.Meter;
};
export type Kind = keyof Objects;

/** How the customer pays: a card that works, one that is declined, one that wants a confirmation, or none. */
export type Card = 'works' | 'declined' | 'needs_action' | 'none';

export type Item = { price: string; quantity: number };

export type MissingPaymentMethod = Stripe.Subscription.TrialSettings.EndBehavior.MissingPaymentMethod;

/** What a checkout session was made with, beyond what Stripe shows of it. */
export type SessionTerms = {
  items: Item[];
  trialDays: number | null;
  trialEnd: number | null;
  metadata: Record<string, string>;
  missingPaymentMethod: MissingPaymentMethod;
  /** Made when a payment waits for the customer's confirmation or for the bank. */
  invoice: string | null;
};

/** What is to happen to a subscription, beyond what Stripe shows of it. */
export type SubscriptionTerms = {
  trialWillEndSent: boolean;
  /** The period whose end was announced by `invoice.upcoming`. */
  announced: number | null;
  pendingLines: Stripe.InvoiceLineItem[];
  /** The invoice whose payment makes the pending update take effect. */
  pendingInvoice: string | null;
};

/** A payment that is to fail. */
export type PlannedFailure = { customer: string | null; code: string; times: number };

export type Delivery = { at: string; status: number | null; error: string | null };
export type EventRecord = { event: Stripe.Event; deliveries: Delivery[] };
export type SavedAnswer = { fingerprint: string; status: number; body: string; savedAt: number };
export type RequestRecord = {
  id: string;
  method: string;
  path: string;
  params: unknown;
  idempotency_key: string | null;
  stripe_version: string | null;
  status: number | null;
  replayed: boolean;
};
export type Violation = { where: string; what: 'request' | 'answer' | 'event' | 'header'; faults: Fault[] };
export type MeterEvent = Stripe.Billing.MeterEvent & { readonly customer: string; readonly value: number };

/** How an account is set up. */
export type Settings = {
  webhookUrl: string | null;
  webhookSecret: string;
  /** `push` delivers events as they happen; `hold` leaves that to whoever asks for them. */
  mode: 'push' | 'hold';
  /** Seconds between attempts to collect a renewal. */
  retrySchedule: number[];
  afterRetries: 'cancel' | 'unpaid' | 'past_due';
  /** Seconds between attempts to deliver an event, real time. */
  deliverySchedule: number[];
};

/** An account: everything that a restart keeps. */
export type State = {
  objects: { [K in Kind]: Record<string, Objects[K]> };
  /** Ids of deleted objects, with their kind. */
  deleted: Record<string, Kind>;
  sessions: Record<string, SessionTerms>;
  subscriptions: Record<string, SubscriptionTerms>;
  cards: Record<string, Card>;
  failures: PlannedFailure[];
  meterEvents: MeterEvent[];
  events: EventRecord[];
  /** Ids of objects that were set to something odd on purpose: answers with them are not held to the contract. */
  odd: string[];
  clockOffset: number;
  invoiceNumber: number;
  settings: Settings;
  answers: Record<string, SavedAnswer>;
  requests: RequestRecord[];
  violations: Violation[];
};

const DAY_SECONDS = 86_400;

/** An account that nothing happened on yet. */
export function emptyState(settings: Partial<Settings>): State {
  return {
    objects: {
      customer: {},
      product: {},
      price: {},
      coupon: {},
      promotion_code: {},
      discount: {},
      'checkout.session': {},
      subscription: {},
      invoice: {},
      invoice_payment: {},
      payment_intent: {},
      charge: {},
      refund: {},
      dispute: {},
      'billing_portal.session': {},
      'billing_portal.configuration': {},
      'billing.meter': {},
    },
    deleted: {},
    sessions: {},
    subscriptions: {},
    cards: {},
    failures: [],
    meterEvents: [],
    events: [],
    odd: [],
    clockOffset: 0,
    invoiceNumber: 0,
    settings: {
      webhookUrl: null,
      webhookSecret: '',
      mode: 'hold',
      retrySchedule: [3 * DAY_SECONDS, 5 * DAY_SECONDS, 7 * DAY_SECONDS],
      afterRetries: 'cancel',
      deliverySchedule: [1, 2, 5, 10, 30, 60],
      ...settings,
    },
    answers: {},
    requests: [],
    violations: [],
  };
}
