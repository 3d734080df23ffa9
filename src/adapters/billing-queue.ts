import type { BillingMessage } from '../billing/ports.ts';

/** The Cloudflare queue that the same Worker consumes. */
export const createBillingQueue = (queue: Queue<BillingMessage>) => ({
  nudge: async (message: BillingMessage): Promise<void> => {
    await queue.send(message);
  },
});
