import { inspect } from 'node:util';
import { CommandError } from '../project.ts';

/** What to undo, last first. Something is added the moment it is there, so that no signal comes too early. */
export type Closers = (() => unknown)[];

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// npm passes a signal on that the terminal has sent already: two at once are one.
const SAME_SIGNAL_MS = 500;

/**
 * Runs `start` and then waits: for a signal, which closes everything and exits with 0, or for the promise `start`
 * resolves with, whose sentence is why it ended by itself, with exit code 1. A second signal waits for nothing.
 */
export async function runUntilSignal(
  start: (closers: Closers) => Promise<{ ended: Promise<string> }>,
): Promise<void> {
  const closers: Closers = [];
  let stoppingSince: number | undefined;

  const stop = async (exitCode: number, reason?: unknown): Promise<void> => {
    stoppingSince ??= Date.now();
    let close = closers.pop();
    while (close) {
      try {
        await close();
      } catch (error) {
        console.error(error);
      }
      close = closers.pop();
    }
    // Last, where it is read: closing down has its own lines.
    if (reason !== undefined)
      console.error(`\n${reason instanceof CommandError ? reason.message : inspect(reason)}`);
    process.exit(exitCode);
  };

  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stoppingSince === undefined) void stop(0);
      else if (Date.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
    });
  }
  // The terminal may go before we do.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

  try {
    const { ended } = await start(closers);
    const reason = await ended;
    if (stoppingSince === undefined) await stop(1, new CommandError(reason));
  } catch (error) {
    if (stoppingSince === undefined) await stop(1, error);
  }
}
