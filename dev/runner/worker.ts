import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../project.ts';
import { killGroup } from './process-group.ts';
import type { WorkerHostMessage } from './worker-host.ts';

const HOST = join(import.meta.dirname, 'worker-host.ts');
const GRACE_MS = 5_000;

export type WorkerOptions = {
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  /** Where wrangler keeps KV, queues and caches. */
  readonly persistTo: string;
  readonly logs: string;
  /** Where to note the process group, for the next run to end what a killed one left. */
  readonly groupFile: string;
};

/** A Worker under wrangler's local runtime. */
export type RunningWorker = {
  /** Resolves with a sentence when it ends without having been asked to. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
};

/** Starts wrangler's development server as a process of its own, in a process group of its own. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const child = spawn(process.execPath, ['--no-warnings', HOST], {
    cwd: PROJECT_ROOT,
    detached: true, // a group of its own: Ctrl-C reaches the runner only, and one signal reaches all of workerd
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_LOG_PATH: options.logs,
    },
  });
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  await once(child, 'spawn');
  await writeFile(options.groupFile, String(child.pid));
  // Over the pipe, so that secrets are neither in a file nor in the list of processes.
  child.send({
    port: options.port,
    variables: options.variables,
    persistTo: options.persistTo,
  } satisfies WorkerHostMessage);
  return {
    ended: exited.then(([code, signal]) => `wrangler ended (${signal ?? `exit code ${code}`}).`),
    async stop() {
      await end(child, exited);
      await rm(options.groupFile, { force: true });
    },
  };
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.connected) child.send('stop', () => {}); // it may be going already
  const timer = setTimeout(() => killGroup(child.pid), GRACE_MS);
  await exited;
  clearTimeout(timer);
  killGroup(child.pid); // workerd does not end with its parent
}
