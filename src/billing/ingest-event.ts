import type { Origin } from '../audit/audit.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { logJob, nameOf } from '../jobs/log.ts';
import { ingest } from './event-store.ts';
import type { WebhookDeps } from './ports.ts';
import { processEvent } from './process-event.ts';
import { noteRefusal } from './refused-webhook.ts';

/** Somebody is waiting on the return page for this one. */
const AT_ONCE = 'checkout.session.completed';

/** What is the sender's fault, and in the audit log. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['signature_invalid', 'malformed_body']);

/** What Stripe is kept waiting at most for it. */
const AT_ONCE_MS = 4_000;

/**
 * Takes a webhook in: verified, and written into the ledger before it is acknowledged. One round trip; what it leads
 * to is the queue's, but for the event that a buyer waits for.
 *
 * @throws {AppError} `billing_not_configured`, `signature_invalid`, `malformed_body`, `database_unavailable`: Stripe sends it again
 */
export async function ingestEvent(
  deps: WebhookDeps,
  body: Uint8Array,
  signature: string,
  origin: Origin,
): Promise<void> {
  const { seller } = deps;
  if (!seller) throw new AppError('billing_not_configured');
  const event = await seller.sales
    .verifyWebhook(body, signature, new Date())
    .catch(async (error: unknown) => {
      if (error instanceof AppError && REFUSALS.has(error.code)) {
        await noteRefusal(deps, seller.name, error.code, origin);
      }
      throw error;
    });
  const [row] = await deps.db.query(ingest(event));
  if (row?.status !== 'received' && row?.status !== 'failed') return;
  if (event.type === AT_ONCE) {
    const work = processEvent(deps, event.id);
    // Where it takes longer it goes on after the answer. What that leaves undone is the sweep's; a line says why.
    deps.inBackground(work.catch((error: unknown) => logFailure(event.id, error)));
    const outcome = await Promise.race([work, scheduler.wait(AT_ONCE_MS).then(() => 'goes on' as const)]);
    if (typeof outcome !== 'object') return;
  }
  deps.announceBilling({ stripe_event_id: event.id });
}

const logFailure = (eventId: string, error: unknown): void =>
  logJob('error', { job: 'billing', stripe_event_id: eventId, outcome: 'failed', error: nameOf(error) });
