import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from '../auth/tables.ts';
import { base, instant } from '../db/columns.ts';

export const plans = pgTable(
  'plans',
  {
    ...base,
    name: text('name').notNull(),
    code: text('code').notNull(),
    priceCents: integer('price_cents').notNull(),
    currency: text('currency').notNull(),
    billingPeriod: text('billing_period', { enum: ['monthly', 'yearly'] }).notNull(),
    tier: text('tier', { enum: ['free', 'pro', 'enterprise'] }).notNull(),
    isActive: boolean('is_active').notNull().default(true),
    trialDays: integer('trial_days').notNull().default(0),
    /** −1 is unlimited, here and below. */
    maxItems: integer('max_items').notNull(),
    maxSecondary: integer('max_secondary').notNull(),
    apiAccess: boolean('api_access').notNull().default(true),
  },
  (t) => [
    uniqueIndex('plans_code_key').on(t.code),
    check('plans_price_not_negative', sql`${t.priceCents} >= 0`),
    check('plans_currency_iso', sql`${t.currency} ~ '^[A-Z]{3}$'`),
  ],
);

/** What a plan costs at the provider. A changed plan gets another; an old one stays mapped, for those who still pay it. */
export const planPrices = pgTable(
  'plan_prices',
  {
    ...base,
    planId: uuid('plan_id')
      .notNull()
      .references(() => plans.id),
    provider: text('provider').notNull().default('stripe'),
    providerPriceId: text('provider_price_id').notNull(),
    priceCents: integer('price_cents').notNull(),
    currency: text('currency').notNull(),
    billingPeriod: text('billing_period', { enum: ['monthly', 'yearly'] }).notNull(),
    /** When it was last sold; null for the one that is sold now. */
    archivedAt: instant('archived_at'),
  },
  (t) => [
    uniqueIndex('plan_prices_provider_price_id_key').on(t.provider, t.providerPriceId),
    uniqueIndex('plan_prices_current_key').on(t.planId, t.provider).where(sql`${t.archivedAt} IS NULL`),
  ],
);

/**
 * Subscriptions as the provider last told of them. They outlive the account, without its name: what was paid has to
 * be accounted for.
 */
export const subscriptions = pgTable(
  'subscriptions',
  {
    ...base,
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    /** By the price; null for a price that belongs to no plan of ours, which then grants nothing. */
    planId: uuid('plan_id').references(() => plans.id),
    status: text('status').notNull(),
    provider: text('provider').notNull().default('stripe'),
    providerSubscriptionId: text('provider_subscription_id'),
    providerCustomerId: text('provider_customer_id'),
    providerPriceId: text('provider_price_id'),
    startedAt: instant('started_at').notNull().defaultNow(),
    currentPeriodStart: instant('current_period_start'),
    /** Null: without an end, as an administrator may grant it. */
    currentPeriodEnd: instant('current_period_end'),
    cancelAtPeriodEnd: boolean('cancel_at_period_end').notNull().default(false),
    canceledAt: instant('canceled_at'),
    endedAt: instant('ended_at'),
    trialEnd: instant('trial_end'),
    pastDueSince: instant('past_due_since'),
    /** Since when a dispute takes the access away. */
    suspendedAt: instant('suspended_at'),
    /** The subscription that took this one's place, or that this one is a needless double of. */
    replacedBy: uuid('replaced_by'),
    checkoutIntentId: uuid('checkout_intent_id'),
    /** The fence under which this state was fetched; a lower one can't overwrite it. */
    appliedFence: bigint('applied_fence', { mode: 'number' }).notNull().default(0),
    syncedAt: instant('synced_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('subscriptions_provider_subscription_id_key').on(t.provider, t.providerSubscriptionId),
    index('subscriptions_user_id_idx').on(t.userId),
    index('subscriptions_current_period_end_idx').on(t.currentPeriodEnd),
    index('subscriptions_synced_at_idx').on(t.syncedAt),
    index('subscriptions_created_at_idx').on(t.createdAt, t.id),
    index('subscriptions_status_created_at_idx').on(t.status, t.createdAt, t.id),
    index('subscriptions_plan_id_created_at_idx').on(t.planId, t.createdAt, t.id),
    index('subscriptions_running_out_idx')
      .on(t.currentPeriodEnd)
      .where(sql`${t.cancelAtPeriodEnd} OR ${t.provider} = 'manual'`),
    index('subscriptions_trial_end_idx').on(t.trialEnd).where(sql`${t.status} = 'trialing'`),
  ],
);

/** One row an invoice with something to pay. */
export const payments = pgTable(
  'payments',
  {
    ...base,
    subscriptionId: uuid('subscription_id').references(() => subscriptions.id, { onDelete: 'set null' }),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    provider: text('provider').notNull().default('stripe'),
    providerInvoiceId: text('provider_invoice_id').notNull(),
    amountCents: integer('amount_cents').notNull(),
    currency: text('currency').notNull(),
    status: text('status', { enum: ['pending', 'failed', 'succeeded', 'refunded'] }).notNull(),
    attemptCount: integer('attempt_count').notNull().default(0),
    /** Also of a refund in part, which leaves the status alone. */
    refundedCents: integer('refunded_cents').notNull().default(0),
    disputeStatus: text('dispute_status'),
    paidAt: instant('paid_at'),
  },
  (t) => [
    uniqueIndex('payments_provider_invoice_id_key').on(t.provider, t.providerInvoiceId),
    index('payments_user_id_created_at_idx').on(t.userId, t.createdAt),
    index('payments_subscription_id_idx').on(t.subscriptionId),
    index('payments_created_at_idx').on(t.createdAt, t.id),
    index('payments_currency_idx').on(t.currency, t.createdAt, t.id),
    index('payments_status_created_at_idx').on(t.status, t.createdAt, t.id),
  ],
);

/** The ledger of Stripe's events. Each is kept by its ids alone: what it is about is fetched when it is worked on. */
export const stripeEvents = pgTable(
  'stripe_events',
  {
    /** Stripe's own id, so that a repetition is known. */
    id: text('id').primaryKey(),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    type: text('type').notNull(),
    objectId: text('object_id'),
    /** The ids of what it concerns, by kind. */
    refs: jsonb('refs').notNull().default({}),
    /** When it happened, by Stripe's clock. */
    occurredAt: instant('occurred_at').notNull().defaultNow(),
    /** `orphan`: about somebody or something that is not ours. */
    status: text('status', { enum: ['received', 'processing', 'failed', 'done', 'orphan', 'dead'] })
      .notNull()
      .default('received'),
    attempts: integer('attempts').notNull().default(0),
    deliveries: integer('deliveries').notNull().default(1),
    lockedUntil: instant('locked_until'),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    lastError: text('last_error'),
    processedAt: instant('processed_at'),
  },
  (t) => [
    index('stripe_events_due_idx')
      .on(t.nextAttemptAt)
      .where(sql`${t.status} IN ('received', 'processing', 'failed')`),
    index('stripe_events_orphans_idx').on(t.nextAttemptAt).where(sql`${t.status} = 'orphan'`),
    index('stripe_events_status_idx').on(t.status, t.createdAt),
    index('stripe_events_created_at_idx').on(t.createdAt, t.id),
  ],
);

/** Counts the fetches of an object: of two, the one that began later has seen the later state. */
export const syncFences = pgTable('sync_fences', {
  objectId: text('object_id').primaryKey(),
  fence: bigint('fence', { mode: 'number' }).notNull(),
});

/** Customers that were deleted at the provider. What they bought is still told of, in any order. */
export const formerCustomers = pgTable(
  'former_customers',
  {
    customerId: text('customer_id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
  },
  (t) => [index('former_customers_user_id_idx').on(t.userId)],
);

/** Purchases begun and not finished: one a user is open at a time. */
export const checkoutIntents = pgTable(
  'checkout_intents',
  {
    ...base,
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    planId: uuid('plan_id')
      .notNull()
      .references(() => plans.id),
    /** Hash of all that the session is made with: the same again is handed out again, something else supersedes it. */
    fingerprint: text('fingerprint').notNull(),
    status: text('status', { enum: ['open', 'completed', 'expired', 'superseded'] })
      .notNull()
      .default('open'),
    providerSessionId: text('provider_session_id'),
    /** The subscription that ends once this purchase is paid. */
    replacesSubscriptionId: uuid('replaces_subscription_id'),
    trialDays: integer('trial_days').notNull().default(0),
    /** Keyed hash of the address that the trial was given to. */
    trialSubject: text('trial_subject'),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    uniqueIndex('checkout_intents_open_key').on(t.userId).where(sql`${t.status} = 'open'`),
    uniqueIndex('checkout_intents_provider_session_id_key').on(t.providerSessionId),
    index('checkout_intents_user_id_idx').on(t.userId),
    index('checkout_intents_expires_at_idx').on(t.expiresAt).where(sql`${t.status} <> 'completed'`),
  ],
);

/** One trial a person, whatever becomes of the account: known by the keyed hash of the address. */
export const trialUses = pgTable(
  'trial_uses',
  {
    subject: text('subject').primaryKey(),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [index('trial_uses_user_id_idx').on(t.userId)],
);

/** What has to be done at the provider as a consequence, written with the change that it follows from. */
export const billingTasks = pgTable(
  'billing_tasks',
  {
    ...base,
    kind: text('kind').notNull(),
    payload: jsonb('payload').notNull(),
    /** One task a key; also the idempotency key of what it does. */
    dedupeKey: text('dedupe_key').notNull(),
    status: text('status', { enum: ['pending', 'done', 'dead'] })
      .notNull()
      .default('pending'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    lockedUntil: instant('locked_until'),
    lastError: text('last_error'),
  },
  (t) => [
    uniqueIndex('billing_tasks_dedupe_key_key').on(t.dedupeKey),
    index('billing_tasks_due_idx').on(t.nextAttemptAt).where(sql`${t.status} = 'pending'`),
    index('billing_tasks_status_idx').on(t.status, t.createdAt),
  ],
);

/** What a person should look at: two live subscriptions of one user, a price nobody knows. */
export const billingAlerts = pgTable(
  'billing_alerts',
  {
    ...base,
    kind: text('kind').notNull(),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'set null' }),
    details: jsonb('details').notNull(),
    dedupeKey: text('dedupe_key').notNull(),
    resolvedAt: instant('resolved_at'),
  },
  (t) => [
    uniqueIndex('billing_alerts_dedupe_key_key').on(t.dedupeKey),
    index('billing_alerts_user_id_idx').on(t.userId),
    index('billing_alerts_open_idx').on(t.createdAt, t.id).where(sql`${t.resolvedAt} IS NULL`),
  ],
);

/** How far something that goes on from run to run has come. */
export const billingCursors = pgTable('billing_cursors', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
});
