import { LOOPBACK, listen, stop } from '../http.ts';
import { Accounts } from './server/accounts.ts';
import { createStripeServer } from './server/web.ts';

export type StripeEmulatorOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the accounts are kept; without it they end with the process. */
  readonly dataDir?: string;
  /** Where events are pushed to as they happen, signed with the secret; without it they wait to be asked for. */
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  /** The name that its own addresses are made with; a number needs no resolving. */
  readonly hostname?: string;
};

/** A running emulator. */
export type StripeEmulator = { readonly url: string; readonly port: number; close(): Promise<void> };

const TICK_MS = 5_000;

/**
 * Starts Stripe on this machine: the API as the contract has it, one account for every `sk_test_…` key, a page to pay
 * on, and a control API for what only time, banks and people do.
 */
export async function startStripeEmulator(options: StripeEmulatorOptions): Promise<StripeEmulator> {
  const { webhookUrl, webhookSecret, dataDir } = options;
  let accounts: Accounts | undefined;
  const server = createStripeServer(() => {
    if (!accounts) throw new Error('The emulator is not up yet.');
    return accounts;
  });
  const port = await listen(server, options.port);
  const url = `http://${options.hostname ?? LOOPBACK}:${port}`;
  const settings = {
    ...(webhookUrl && { webhookUrl, mode: 'push' as const }),
    ...(webhookSecret && { webhookSecret }),
  };
  try {
    accounts = new Accounts(url, settings, dataDir);
  } catch (error) {
    await stop(server);
    throw error;
  }
  const standing = accounts;
  // Where nothing is pushed, it is early enough to see what is due when somebody asks.
  const ticking = webhookUrl ? setInterval(() => standing.tick(), TICK_MS) : undefined;
  ticking?.unref();
  return {
    url,
    port,
    close: async () => {
      clearInterval(ticking);
      await stop(server);
      standing.close();
    },
  };
}
