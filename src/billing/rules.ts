import type { InvoiceAftermath, ProviderInvoice, ProviderSubscription } from './ports.ts';

/** What a provider told of one subscription, fetched under one fence. */
export type Snapshot = {
  readonly subscription: ProviderSubscription;
  /** Invoices of it that were looked at besides the latest. */
  readonly invoices: readonly ProviderInvoice[];
  readonly aftermath: InvoiceAftermath | undefined;
  /** Of the event that it was fetched for. */
  readonly eventType: string | undefined;
};

/** A payment as its invoice has it; what becomes of the row is for the ranks to say. */
export type PaymentState = {
  readonly invoice_id: string;
  readonly amount_cents: number;
  readonly currency: string;
  readonly status: 'pending' | 'failed' | 'succeeded' | 'refunded';
  readonly attempt_count: number;
  readonly refunded_cents: number;
  readonly paid_at: string | null;
  readonly created_at: string;
};

/** Something a mail may tell of, by a key of its own: whoever finds it out first writes it. */
export type Fact = { readonly kind: string; readonly dedupe_key: string; readonly payload: object };

/** Every invoice of a snapshot once, as last seen. */
export function invoicesOf({ subscription, invoices, aftermath }: Snapshot): ProviderInvoice[] {
  const all = [subscription.latestInvoice, ...invoices, aftermath?.invoice];
  return [...new Map(all.flatMap((one) => (one ? [[one.id, one] as const] : []))).values()];
}

/** The payments of a snapshot. An invoice that is a draft, or over nothing, is none; one that was given up has failed. */
export function paymentsOf(snapshot: Snapshot): PaymentState[] {
  return invoicesOf(snapshot).flatMap((invoice) => {
    const paid = invoice.status === 'paid';
    const amount = paid ? invoice.amountPaidCents : invoice.amountDueCents;
    if (amount <= 0 || invoice.status === 'draft' || invoice.status === 'unknown') return [];
    const aftermath = snapshot.aftermath?.invoice.id === invoice.id ? snapshot.aftermath : undefined;
    const refunded = aftermath?.refundedCents ?? 0;
    return {
      invoice_id: invoice.id,
      amount_cents: amount,
      currency: invoice.currency,
      status: paid ? (refunded >= amount ? 'refunded' : 'succeeded') : unpaid(invoice, snapshot),
      attempt_count: invoice.attemptCount,
      refunded_cents: refunded,
      paid_at: invoice.paidAt?.toISOString() ?? null,
      created_at: invoice.createdAt.toISOString(),
    };
  });
}

function unpaid(invoice: ProviderInvoice, { subscription, eventType }: Snapshot): 'pending' | 'failed' {
  if (invoice.status === 'uncollectible' || invoice.status === 'void') return 'failed';
  // A bank takes days over a first payment, which has been tried all that time and has not failed.
  const waiting =
    subscription.status === 'incomplete' && eventType !== 'checkout.session.async_payment_failed';
  return invoice.attemptCount > 0 && !waiting ? 'failed' : 'pending';
}

/** How long before a trial ends its user is told. Stripe's own event comes then, too. */
export const TRIAL_NOTICE_HOURS = 72;

/**
 * For how long the beginning of something is news. Everything is looked at again each day, and the mails that would
 * tell that it was told are kept for 30 days (mail/sweep-expired.ts): what is older must not be told anew.
 */
const NEWS_DAYS = 29;

const isNews = (at: Date, now: Date): boolean => now.getTime() - at.getTime() < NEWS_DAYS * 86_400_000;

/**
 * What is true of a snapshot and worth a mail. Of what is true now, never of which event said so: every order and
 * repetition of the same events comes to the same facts. Plan names and the user's are added when it is written.
 */
export function factsOf(snapshot: Snapshot, now: Date): Fact[] {
  return [
    ...beginning(snapshot, now),
    ...trialEnding(snapshot.subscription, now),
    ...invoicesOf(snapshot).flatMap((invoice) => [...invoiceFacts(invoice, snapshot, now)]),
    ...refund(snapshot.aftermath),
    ...ending(snapshot.subscription),
  ];
}

function beginning(snapshot: Snapshot, now: Date): Fact[] {
  const { subscription } = snapshot;
  const first = invoicesOf(snapshot).find((invoice) => invoice.reason === 'start');
  const running = subscription.status === 'active' || subscription.status === 'trialing';
  if ((!running && first?.status !== 'paid') || !isNews(subscription.startedAt, now)) return [];
  return [
    {
      kind: 'subscription_started',
      dedupe_key: `subscription_started:${subscription.id}`,
      payload: {
        period_end: subscription.currentPeriodEnd,
        trial_end: subscription.status === 'trialing' ? subscription.trialEnd : null,
      },
    },
  ];
}

function trialEnding({ id, status, trialEnd, cancelAtPeriodEnd }: ProviderSubscription, now: Date): Fact[] {
  if (status !== 'trialing' || !trialEnd || cancelAtPeriodEnd) return [];
  const left = trialEnd.getTime() - now.getTime();
  if (left <= 0 || left > TRIAL_NOTICE_HOURS * 3_600_000) return [];
  return [
    {
      kind: 'trial_ending',
      dedupe_key: `trial_ending:${id}:${trialEnd.getTime() / 1_000}`,
      payload: { trial_end: trialEnd },
    },
  ];
}

function* invoiceFacts(
  {
    id,
    status,
    reason,
    amountDueCents,
    amountPaidCents,
    currency,
    attemptCount,
    ...invoice
  }: ProviderInvoice,
  { subscription, eventType }: Snapshot,
  now: Date,
): Generator<Fact> {
  const due = { amount_cents: amountDueCents, currency };
  if (status === 'paid') {
    if (reason === 'renewal' && amountPaidCents > 0 && isNews(invoice.paidAt ?? invoice.createdAt, now)) {
      yield {
        kind: 'subscription_renewed',
        dedupe_key: `subscription_renewed:${id}`,
        payload: { amount_cents: amountPaidCents, currency, period_end: subscription.currentPeriodEnd },
      };
    }
    return;
  }
  if ((status !== 'open' && status !== 'uncollectible') || !isNews(invoice.createdAt, now)) return;
  const overdue = subscription.status === 'past_due' || subscription.status === 'unpaid';
  if ((overdue && attemptCount > 0) || eventType === 'checkout.session.async_payment_failed') {
    yield {
      kind: 'payment_failed',
      dedupe_key: `payment_failed:${id}:${attemptCount}`,
      payload: due,
    };
  }
  if (eventType === 'invoice.payment_action_required') {
    yield {
      kind: 'payment_action_required',
      dedupe_key: `payment_action_required:${id}:${attemptCount}`,
      payload: due,
    };
  }
}

function refund(aftermath: InvoiceAftermath | undefined): Fact[] {
  if (!aftermath || aftermath.refundedCents === 0) return [];
  const { invoice, refundedCents } = aftermath;
  return [
    {
      kind: 'payment_refunded',
      dedupe_key: `payment_refunded:${invoice.id}:${refundedCents}`,
      payload: { amount_cents: refundedCents, currency: invoice.currency },
    },
  ];
}

function ending({ id, status }: ProviderSubscription): Fact[] {
  if (status !== 'canceled') return [];
  return [{ kind: 'subscription_ended', dedupe_key: `subscription_ended:${id}`, payload: {} }];
}

/** Since when the payment that a subscription waits for is due. */
export function pastDueSince({
  status,
  latestInvoice,
  currentPeriodStart,
}: ProviderSubscription): Date | null {
  if (status !== 'past_due') return null;
  return latestInvoice?.createdAt ?? currentPeriodStart;
}
