import { expect, it } from 'vitest';
import { createMailQueue } from '../../src/adapters/mail-queue.ts';
import { newId, type OutboxId } from '../../src/ids.ts';

it('sends the id of the mail and nothing of what it says', async () => {
  const sent: unknown[] = [];
  const queue = { send: async (body: unknown) => void sent.push(body) } as unknown as Queue;
  const id = newId<OutboxId>();
  await createMailQueue(queue).nudge(id);
  expect(sent).toEqual([{ outbox_id: id }]);
});
