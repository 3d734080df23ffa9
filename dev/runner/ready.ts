import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../project.ts';

const RETRY_MS = 150;

/**
 * Waits until the Worker answers `GET /health`, for as long as that takes.
 *
 * @throws CommandError when it answers with an error of its own. That is how it refuses a missing or weak secret, and
 * no change of the code mends a variable.
 */
export async function waitUntilReady(workerUrl: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${workerUrl}/health`).catch(() => undefined);
    if (response?.ok) return;
    if (response) {
      const reason = (await response.text()).trim().slice(0, 500);
      throw new CommandError(`The Worker refuses to start (HTTP ${response.status}): ${reason}`);
    }
    await sleep(RETRY_MS);
  }
}
