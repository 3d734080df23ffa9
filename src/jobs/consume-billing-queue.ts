import * as z from 'zod';
import type { BillingDeps } from '../billing/ports.ts';
import { type Outcome, processEvent } from '../billing/process-event.ts';
import { runTask } from '../billing/run-task.ts';
import { type BillingTaskId, parseId } from '../ids.ts';
import { fewAtATime } from '../mail/few-at-a-time.ts';
import { logJob, nameOf } from './log.ts';

const BillingNudge = z.union([
  z.object({ stripe_event_id: z.string() }),
  z.object({
    billing_task_id: z.string().transform((text, context) => {
      const id = parseId<BillingTaskId>(text);
      if (id) return id;
      context.addIssue('must be an id');
      return z.NEVER;
    }),
  }),
]);
type BillingNudge = z.output<typeof BillingNudge>;

/** The wait before a message is delivered again that never got as far as its row, doubled each time. */
const FIRST_RETRY_SECONDS = 10;

/** Works off the events and tasks of billing that a batch of messages names. Each is acknowledged by itself. */
export async function consumeBillingQueue(batch: MessageBatch<unknown>, deps: BillingDeps): Promise<void> {
  await fewAtATime(batch.messages, async (message) => {
    const nudge = BillingNudge.safeParse(message.body);
    if (!nudge.success) {
      logJob('error', { job: 'billing', message_id: message.id, outcome: 'malformed' });
      message.ack();
      return;
    }
    const about = { job: 'billing', ...nudge.data };
    try {
      const outcome = await workOff(deps, nudge.data);
      if (typeof outcome === 'object') {
        logJob('error', { ...about, outcome: 'retry' });
        message.retry({ delaySeconds: outcome.retryAfterSeconds });
      } else {
        logJob(outcome === 'dead' ? 'error' : 'log', { ...about, outcome });
        message.ack();
      }
    } catch (error) {
      logJob('error', { ...about, outcome: 'retry', error: nameOf(error) });
      message.retry({ delaySeconds: FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1) });
    }
  });
}

const workOff = (deps: BillingDeps, nudge: BillingNudge): Promise<Outcome> =>
  'stripe_event_id' in nudge
    ? processEvent(deps, nudge.stripe_event_id)
    : runTask(deps, nudge.billing_task_id);
