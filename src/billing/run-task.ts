import { AppError } from '../errors.ts';
import type { BillingTaskId } from '../ids.ts';
import { type BillingDeps, type PaymentProvider, RefusedByProvider } from './ports.ts';
import { type Outcome, reasonOf, refreshSubscription } from './process-event.ts';
import { BillingTask, claimTask, failTask, finishTask } from './task-store.ts';

/**
 * Does what has to be done at the provider, once: its key is the provider's idempotency key, and what it does bears
 * being repeated. When we die in between, the lease runs out and somebody does it again.
 *
 * @throws {AppError} `database_unavailable`
 */
export async function runTask(deps: BillingDeps, taskId: BillingTaskId): Promise<Outcome> {
  const [claimed] = await deps.db.query(claimTask(taskId));
  if (!claimed) return 'skipped';
  try {
    const task = BillingTask.parse({ ...claimed.payload, kind: claimed.kind });
    if (task.kind === 'report_usage') requireKnown(claimed);
    await perform(deps, task, claimed.dedupe_key);
    await deps.db.query(finishTask(taskId));
    return 'done';
  } catch (error) {
    if (error instanceof AppError && error.code === 'database_unavailable') throw error;
    const [row] = await deps.db.query(
      failTask(taskId, claimed.attempts, reasonOf(error), error instanceof TooLate),
    );
    if (!row) return 'skipped';
    return row.status === 'dead' ? 'dead' : { retryAfterSeconds: row.retry_after };
  }
}

async function perform(deps: BillingDeps, task: BillingTask, key: string): Promise<void> {
  switch (task.kind) {
    case 'archive_price':
      return sellerOf(deps).sales.archivePrice(task.price_id, key);
    case 'rename_product':
      return sellerOf(deps).sales.renameProduct(task.code, task.name, key);
    case 'expire_checkout':
      await sellerOf(deps).sales.expireCheckout(task.session_id, key);
      return;
    case 'report_usage': {
      const { meter, customer_id: customerId, quantity, used_at: usedAt } = task;
      return sellerOf(deps).sales.reportUsage({ meter, customerId, quantity, usedAt }, key);
    }
    case 'cancel_at_period_end': {
      const provider = providerOf(deps, task.provider);
      const now = await provider.subscription(task.subscription_id);
      // Of what was never paid there is no period to run out.
      if (now?.status === 'incomplete') {
        await provider.end(task.subscription_id, key, { creditUnusedTime: false });
      } else if (now && !now.cancelAtPeriodEnd && now.status !== 'canceled') {
        await provider.cancelAtPeriodEnd(task.subscription_id, key);
      }
      await refreshSubscription(deps, provider, task.subscription_id);
      return;
    }
    case 'end_replaced': {
      const provider = providerOf(deps, task.provider);
      await provider.end(task.subscription_id, key, { creditUnusedTime: task.credit });
      await refreshSubscription(deps, provider, task.subscription_id);
      return;
    }
    case 'undo_duplicate': {
      const provider = providerOf(deps, task.provider);
      const ended = await provider.end(task.subscription_id, key, { creditUnusedTime: false });
      // The purchase alone is given back: an invoice of another kind would be of a time when it was the only one.
      const bought = ended?.latestInvoice;
      if (bought?.status === 'paid' && bought.reason === 'start' && bought.amountPaidCents > 0) {
        await provider.sales?.refundInvoice(bought.id, key);
      }
      await refreshSubscription(deps, provider, task.subscription_id);
      return;
    }
  }
}

/** What must not be tried again, whenever. */
class TooLate extends RefusedByProvider {}

/** For how long a provider knows a reading again; Stripe says at least 24 hours. */
const KNOWN_FOR_SECONDS = 23 * 3_600;

/**
 * A reading that may have arrived, and would not be known again, is left to a person: charging for something twice is
 * worse than late. It can't come to that but where nothing ran for a day.
 */
function requireKnown({ attempts, age_seconds }: { attempts: number; age_seconds: number }): void {
  if (attempts > 1 && age_seconds > KNOWN_FOR_SECONDS) {
    throw new TooLate('it may have been reported, too long ago to ask again');
  }
}

function sellerOf({ seller }: BillingDeps) {
  if (!seller) throw new AppError('billing_not_configured');
  return seller;
}

function providerOf({ providers }: BillingDeps, name: string): PaymentProvider {
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
  if (!provider) throw new AppError('billing_not_configured');
  return provider;
}
