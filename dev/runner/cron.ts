import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 60_000;

/**
 * Calls the Worker's scheduled handler at once and then every five seconds, which nothing does under `wrangler dev`: it
 * delivers the mails whose queue message a restart lost. Answers how to stop.
 */
export function startCron(workerUrl: string): () => void {
  const stopping = new AbortController();
  void run(`${workerUrl}/cdn-cgi/handler/scheduled`, stopping.signal);
  return () => stopping.abort();
}

async function run(url: string, stopping: AbortSignal): Promise<void> {
  let failed = false;
  while (!stopping.aborted) {
    const ok = await call(url, stopping);
    if (!ok && !failed && !stopping.aborted) console.error('The scheduled handler failed.');
    failed = !ok; // said once, not twice a minute while somebody works on it
    await sleep(INTERVAL_MS, undefined, { signal: stopping }).catch(() => {});
  }
}

async function call(url: string, stopping: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([stopping, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
