import * as z from 'zod';
import { type OutboxId, parseId } from '../ids.ts';
import { type DeliverDeps, deliver } from '../mail/deliver.ts';
import { fewAtATime } from '../mail/few-at-a-time.ts';
import { logJob, nameOf } from './log.ts';

const MailNudge = z.object({
  outbox_id: z.string().transform((text, context) => {
    const id = parseId<OutboxId>(text);
    if (id) return id;
    context.addIssue('must be an id');
    return z.NEVER;
  }),
});

/** The wait before a message is delivered again that never got as far as its row, doubled each time. */
const FIRST_RETRY_SECONDS = 10;

/**
 * Delivers the mails that a batch of messages speaks of. Each message is acknowledged or retried by itself: one
 * that fails sends none of the others again. One that keeps failing ends in the dead-letter queue, while its row
 * is still pending and the sweep's to deliver.
 */
export async function consumeMailQueue(batch: MessageBatch<unknown>, deps: DeliverDeps): Promise<void> {
  await fewAtATime(batch.messages, async (message) => {
    const nudge = MailNudge.safeParse(message.body);
    if (!nudge.success) {
      logJob('error', { job: 'mail', message_id: message.id, outcome: 'malformed' });
      message.ack();
      return;
    }
    const outboxId = nudge.data.outbox_id;
    try {
      const delivery = await deliver(deps, outboxId);
      if (typeof delivery === 'object') {
        logJob('error', { job: 'mail', outbox_id: outboxId, outcome: 'retry' });
        message.retry({ delaySeconds: delivery.retryAfterSeconds });
      } else {
        logJob(delivery === 'dead' ? 'error' : 'log', {
          job: 'mail',
          outbox_id: outboxId,
          outcome: delivery,
        });
        message.ack();
      }
    } catch (error) {
      logJob('error', { job: 'mail', outbox_id: outboxId, outcome: 'retry', error: nameOf(error) });
      message.retry({ delaySeconds: FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1) });
    }
  });
}
