import { expect, it } from 'vitest';
import { createMailQueue } from '../../src/adapters/mail-queue.ts';
import { newId, type OutboxId } from '../../src/ids.ts';

it('sends one message a mail, in batches that the platform takes', async () => {
  const batches: unknown[][] = [];
  const queue = { sendBatch: async (messages: unknown[]) => void batches.push(messages) } as unknown as Queue;
  const ids = Array.from({ length: 101 }, () => newId<OutboxId>());
  await createMailQueue(queue).nudge(ids);
  await createMailQueue(queue).nudge([]);
  expect(batches.map((batch) => batch.length)).toEqual([100, 1]);
  expect(batches.flat()).toEqual(ids.map((id) => ({ body: { outbox_id: id } })));
});
