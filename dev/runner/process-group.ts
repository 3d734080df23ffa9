import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

/** Kills a process group; one that is gone already is no error. */
export function killGroup(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends what a killed run left of its Worker, and answers whether there was such a run. The number in the file may
 * belong to somebody else by now: only a group that still has a `workerd` or a worker host in it is ended.
 */
export function killLeftovers(groupFile: string): boolean {
  let group: number;
  try {
    group = Number(readFileSync(groupFile, 'utf8'));
  } catch {
    return false;
  }
  if (Number.isSafeInteger(group) && group > 1 && isWorkerGroup(group)) killGroup(group);
  rmSync(groupFile, { force: true });
  return true;
}

function isWorkerGroup(group: number): boolean {
  try {
    const processes = execFileSync('ps', ['-A', '-o', 'pgid=,args='], { encoding: 'utf8' }).split('\n');
    return processes.some((line) => {
      const [, pgid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      return Number(pgid) === group && /workerd\b.* serve |worker-host\.ts/.test(command);
    });
  } catch {
    return false; // no `ps` here: the ports will say whether something is left
  }
}
