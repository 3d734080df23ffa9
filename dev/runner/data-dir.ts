import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { holdLock } from '../file-lock.ts';
import { CommandError } from '../project.ts';

/** The folders and files of one development environment; this process is the only one that uses them. */
export type DataDir = {
  readonly database: string;
  readonly mailbox: string;
  readonly stripe: string;
  /** wrangler's state: KV, queues, caches. */
  readonly worker: string;
  readonly logs: string;
  /** Names the process group of the running Worker; outlives a run that was killed. */
  readonly workerGroup: string;
  release(): void;
};

/**
 * Takes a data folder, making it if need be; with `fresh` everything earlier runs kept in it is dropped first. Only
 * what these runs put there: the folder may be anything `DEV_DATA_DIR` says.
 *
 * @throws CommandError when another run has it.
 */
export async function takeDataDir(path: string, fresh: boolean): Promise<DataDir> {
  await mkdir(path, { recursive: true }).catch((error: Error) => {
    throw new CommandError(`DEV_DATA_DIR cannot be used: ${error.message}`);
  });
  const lock = holdLock(join(path, 'lock'));
  if (!lock) {
    throw new CommandError(
      `Another \`npm run dev\` uses ${path}; DEV_DATA_DIR=<folder> gives this one its own.`,
    );
  }
  const kept = {
    database: join(path, 'postgres'),
    mailbox: join(path, 'mailbox'),
    stripe: join(path, 'stripe'),
    worker: join(path, 'worker'),
  };
  if (fresh) {
    for (const folder of Object.values(kept)) await rm(folder, { recursive: true, force: true });
  }
  return {
    ...kept,
    logs: join(path, 'logs'),
    workerGroup: join(path, 'worker.pid'),
    release: () => lock.release(),
  };
}
