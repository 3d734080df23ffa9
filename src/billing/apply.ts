import type * as z from 'zod';
import type { Statement } from '../db/client.ts';
import {
  applied,
  applyPayments,
  applySubscription,
  lockOwner,
  noteDispute,
  settle,
  suspendWhileDisputed,
  type Target,
  tellFacts,
} from './apply-store.ts';
import type {
  BillingDeps,
  DisputeState,
  InvoiceAftermath,
  ProviderInvoice,
  ProviderSubscription,
} from './ports.ts';
import { factsOf, paymentsOf } from './rules.ts';
import type { Subscription } from './store.ts';

/** What else was looked at with a subscription. */
export type Findings = {
  readonly invoices?: readonly ProviderInvoice[];
  readonly aftermath?: InvoiceAftermath | undefined;
  /** How a dispute about the invoice of the aftermath stands. */
  readonly dispute?: DisputeState | undefined;
  /** Of the event that it was looked at for. */
  readonly eventType?: string;
};

/**
 * Writes what a provider told of a subscription, with everything that follows from it: payments, mails, what has to
 * be done at the provider next. One transaction in one round trip: either all of it stands or nothing.
 *
 * @param fence raised before the provider was asked (fence-store.ts)
 * @param then what has to stand with it, such as that an event is done
 * @returns the subscription as it stands now, `undefined` when it is nobody's that we know
 */
export async function applyState(
  deps: Pick<BillingDeps, 'db' | 'settings' | 'announceMail' | 'announceBilling'>,
  provider: string,
  state: ProviderSubscription,
  fence: number,
  { invoices = [], aftermath, dispute, eventType }: Findings = {},
  then: readonly Statement<z.ZodType>[] = [],
): Promise<Subscription | undefined> {
  const target: Target = { provider, subscriptionId: state.id, fence };
  const snapshot = { subscription: state, invoices, aftermath, eventType };
  const [, changes, , , , tasks, facts, [subscription]] = await deps.db.batch([
    lockOwner(target, state.customerId),
    applySubscription(target, state),
    applyPayments(target, paymentsOf(snapshot)),
    noteDispute(target, aftermath?.invoice.id ?? null, dispute ?? null),
    suspendWhileDisputed(target),
    settle(target),
    tellFacts(target, factsOf(snapshot, new Date()), deps.settings),
    applied(target, deps.settings),
    ...then,
  ]);
  for (const { id } of [...changes, ...facts]) deps.announceMail(id);
  for (const { id } of tasks) deps.announceBilling({ billing_task_id: id });
  return subscription;
}
