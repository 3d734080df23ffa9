import type { SQL } from 'drizzle-orm';
import type * as z from 'zod';
import type { KeyedHash } from '../auth/keyed-hash.ts';
import type { AuthDeps } from '../auth/ports.ts';
import type { Statement } from '../db/client.ts';
import type { CheckoutIntentId } from '../ids.ts';
import type { PlanCache } from './plan-cache.ts';
import type { RefusedWebhooks } from './refused-webhook.ts';

/** Our own closed list; whatever else a provider says is `unknown`, and grants nothing. */
export const SUBSCRIPTION_STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
  'unknown',
] as const;
export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** A subscription as its provider knows it now. */
export type ProviderSubscription = {
  readonly id: string;
  readonly customerId: string | null;
  readonly priceId: string | null;
  readonly status: SubscriptionStatus;
  readonly startedAt: Date;
  readonly currentPeriodStart: Date | null;
  /** Where it is known to end earlier, that end. */
  readonly currentPeriodEnd: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAt: Date | null;
  readonly endedAt: Date | null;
  readonly trialEnd: Date | null;
  /** The checkout that made it, when it was one of ours. Not yet proven to be of the same user. */
  readonly checkoutIntentId: CheckoutIntentId | null;
  /** A change of plan that waits for its payment. */
  readonly changePending: boolean;
  readonly latestInvoice: ProviderInvoice | null;
};

/** An invoice as its provider knows it now. */
export type ProviderInvoice = {
  readonly id: string;
  readonly subscriptionId: string | null;
  readonly customerId: string | null;
  readonly status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible' | 'unknown';
  /** What it is for: the first of a subscription, a renewal, a change of plan. */
  readonly reason: 'start' | 'renewal' | 'change' | 'other';
  readonly amountDueCents: number;
  readonly amountPaidCents: number;
  /** Upper case. */
  readonly currency: string;
  readonly attemptCount: number;
  readonly createdAt: Date;
  readonly paidAt: Date | null;
};

/** What became of the money of an invoice afterwards. */
export type InvoiceAftermath = {
  readonly invoice: ProviderInvoice;
  readonly refundedCents: number;
  /** When it was given back last; null when nothing was. */
  readonly refundedAt: Date | null;
};

/** How a dispute stands. Won and lost are final. */
export const DISPUTE_STATES = ['open', 'won', 'lost'] as const;
export type DisputeState = (typeof DISPUTE_STATES)[number];

/**
 * The ids that an event speaks of. What it says about them is not believed, it is fetched; but for a dispute, which
 * can't be, and which only ever goes from open to an end.
 */
export type EventRefs = {
  readonly [ref in 'subscription' | 'customer' | 'invoice' | 'session' | 'checkoutIntent' | 'paymentIntent']?:
    | string
    | undefined;
} & { readonly dispute?: DisputeState | undefined };

export type ProviderEvent = {
  readonly id: string;
  readonly type: string;
  /** What it is about, whatever kind that is. */
  readonly objectId: string | null;
  readonly occurredAt: Date;
  readonly refs: EventRefs;
};

/**
 * A provider understood a request and said no, for a reason that nobody foresaw. Its message is kept and logged, so
 * it holds the provider's words for programs, never the request.
 */
export class RefusedByProvider extends Error {
  override readonly name = 'RefusedByProvider';
}

/** What a repetition of the same act is recognised by; as long as 255 characters. */
export type ActKey = string;

/** What ends a subscription at once may give back what is left of the paid period, as credit. */
export type EndOptions = { readonly creditUnusedTime: boolean };

/**
 * A way of paying for a subscription, or of having it without. What every one of them can do; each of these
 * answers the subscription as it then is, `undefined` for one that the provider doesn't know.
 *
 * Fails with AppError `billing_unavailable` when the provider can't be reached or is in no condition to work, and
 * with the code of the refusal where it refuses. Repeating an act under its key does it once.
 */
export interface PaymentProvider {
  readonly name: string;
  subscription(id: string): Promise<ProviderSubscription | undefined>;
  /** Lets it run out with the period that is paid. Doing it twice changes nothing. */
  cancelAtPeriodEnd(id: string, key: ActKey): Promise<ProviderSubscription | undefined>;
  /** Takes that back, or takes a paused one up again. */
  resume(id: string, key: ActKey): Promise<ProviderSubscription | undefined>;
  /** Ends it now. One that has ended stays as it is. */
  end(id: string, key: ActKey, options: EndOptions): Promise<ProviderSubscription | undefined>;
  /** What only a provider has that takes money. */
  readonly sales?: Sales;
}

/** What a plan costs. */
export type Price = {
  readonly priceCents: number;
  /** Upper case. */
  readonly currency: string;
  readonly billingPeriod: 'monthly' | 'yearly';
};

export type CheckoutRequest = {
  readonly intentId: CheckoutIntentId;
  readonly customerId: string;
  readonly priceId: string;
  readonly trialDays: number;
  readonly promotionCode?: string | undefined;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly expiresAt: Date;
};

export type CheckoutSession = {
  readonly id: string;
  readonly status: 'open' | 'complete' | 'expired' | 'unknown';
  /** Null when it is not open any more. */
  readonly url: string | null;
};

export type UpcomingInvoice = {
  readonly amountDueCents: number;
  readonly currency: string;
  /** When it will be charged; null: at once. */
  readonly dueAt: Date | null;
};

/** What was used of something in a while, to be charged for. */
export type MeterReading = {
  /** The provider's name of the meter. */
  readonly meter: string;
  readonly customerId: string;
  readonly quantity: number;
  readonly usedAt: Date;
};

/** Selling subscriptions: what Stripe does, and what another provider would have to do as well. */
export interface Sales {
  /** The customer for a user: made once, under the user's id as the key. Answers its id. */
  createCustomer(user: { id: string; email: string; username: string }): Promise<string>;
  /** Removes a customer with all its subscriptions. One that is gone already is no failure. */
  deleteCustomer(customerId: string, key: ActKey): Promise<void>;
  /** Subscriptions of a customer that have not ended, the oldest first. */
  liveSubscriptions(customerId: string): Promise<ProviderSubscription[]>;

  /** Product and price of a plan, found again or made; under `replaces` the one that was sold before. Answers the price's id. */
  ensurePrice(plan: { code: string; name: string } & Price, replaces: string | null): Promise<string>;
  /** Names the product of a plan anew. */
  renameProduct(code: string, name: string, key: ActKey): Promise<void>;
  /** Sells a price no more. */
  archivePrice(priceId: string, key: ActKey): Promise<void>;

  /** @throws {AppError} `validation_failed` for a promotion code that can't be used, `currency_mismatch` */
  openCheckout(request: CheckoutRequest): Promise<CheckoutSession>;
  checkout(sessionId: string): Promise<CheckoutSession | undefined>;
  /** Closes a session. Answers what it then is: `complete` when it was paid just before. */
  expireCheckout(sessionId: string, key: ActKey): Promise<CheckoutSession>;

  /** Changes to another price now and charges the difference; without the payment everything stays as it was. */
  changePrice(id: string, priceId: string, key: ActKey): Promise<ProviderSubscription | undefined>;
  /** What a change to another price would charge now, and what the next invoice will be. */
  previewChange(id: string, priceId: string): Promise<UpcomingInvoice | undefined>;
  upcomingInvoice(customerId: string, subscriptionId: string): Promise<UpcomingInvoice | undefined>;
  /** A page on which a customer manages payment methods and invoices. Answers its address. */
  openPortal(customerId: string, returnUrl: string, key: ActKey): Promise<string>;

  /** Adds to what a customer is charged for, once under its key. For a customer who is gone there is nothing to do. */
  reportUsage(reading: MeterReading, key: ActKey): Promise<void>;

  invoice(id: string): Promise<ProviderInvoice | undefined>;
  /** The invoice that a payment paid, and what became of that money; `undefined` when it paid none. */
  aftermath(paymentIntentId: string): Promise<InvoiceAftermath | undefined>;
  /** Gives back what an invoice took. What is given back already is no failure. */
  refundInvoice(invoiceId: string, key: ActKey): Promise<void>;

  /**
   * The event in the body of a webhook.
   *
   * @throws {AppError} `signature_invalid`
   */
  verifyWebhook(body: Uint8Array, signature: string, now: Date): Promise<ProviderEvent>;
  /** The handled events of a span, the oldest first; not `complete` when there are more than `limit`. */
  eventsBetween(
    since: Date,
    until: Date,
    limit: number,
  ): Promise<{ readonly events: ProviderEvent[]; readonly complete: boolean }>;
}

/** What the use cases of this folder work with, beyond those of auth. */
export type BillingDeps = Pick<AuthDeps, 'settings' | 'db' | 'announceMail'> & {
  /** Every provider that subscriptions may be of, by name. */
  readonly providers: Readonly<Record<string, PaymentProvider>>;
  /** Whom new subscriptions are bought from; left out where none is configured. */
  readonly seller?: PaymentProvider & { readonly sales: Sales };
  /** Under VALIDATION_SECRET_KEY. */
  readonly validationHash: KeyedHash;
  /** Lets something go on after the answer. */
  readonly inBackground: (work: Promise<unknown>) => void;
  /** Tells the queue of an event or a task that was just written; never fails, the sweep finds what it misses. */
  readonly announceBilling: (message: BillingMessage) => void;
};

/** The same for what takes webhooks in. */
export type WebhookDeps = BillingDeps & { readonly refusedWebhooks: RefusedWebhooks };

/** The same where something can be bought. */
export type SellingDeps = BillingDeps & { readonly seller: PaymentProvider & { readonly sales: Sales } };

/** The same for what shows or changes the plans. */
export type PlanDeps = BillingDeps & { readonly planCache: PlanCache };

/** How much was used of a metric in the period that runs. */
export type UsageOfMetric = {
  readonly metric: string;
  readonly used: number;
  /** −1 is unlimited. */
  readonly limit: number;
  /** Null where there is no limit. */
  readonly remaining: number | null;
  readonly periodStart: Date;
  readonly periodEnd: Date;
};

/** The same for what shows all there is. Billing counts nothing itself: whoever does says how it is read. */
export type OverviewDeps = BillingDeps & {
  readonly readUsage: (userId: SQL) => Statement<z.ZodType<{ readonly usage: readonly UsageOfMetric[] }>>;
};

/** What a message in the billing queue names. */
export type BillingMessage = { readonly stripe_event_id: string } | { readonly billing_task_id: string };
