import type { MailQueue } from '../mail/ports.ts';

/** What one call of the platform takes. */
const MESSAGES_PER_BATCH = 100;

/** The mail queue as use cases see it: one message a mail, `{ outbox_id }`. */
export function createMailQueue(queue: Queue): MailQueue {
  return {
    async nudge(ids) {
      for (let start = 0; start < ids.length; start += MESSAGES_PER_BATCH) {
        await queue.sendBatch(
          ids.slice(start, start + MESSAGES_PER_BATCH).map((id) => ({ body: { outbox_id: id } })),
        );
      }
    },
  };
}
