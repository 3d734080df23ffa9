import type { MailQueue } from '../mail/ports.ts';

/** The mail queue as use cases see it: one message a mail, `{ outbox_id }`. */
export function createMailQueue(queue: Queue): MailQueue {
  return {
    async nudge(id) {
      await queue.send({ outbox_id: id });
    },
  };
}
