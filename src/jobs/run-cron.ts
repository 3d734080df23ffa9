import { foldTallies } from '../admin/fold-tallies.ts';
import type { BillingDeps } from '../billing/ports.ts';
import { catchUp, reconcile, sendNotices, sweepBilling } from '../billing/sweeps.ts';
import type { DeliverDeps } from '../mail/deliver.ts';
import { sweepOutbox } from '../mail/sweep.ts';
import type { UsageDeps } from '../usage/ports.ts';
import { reportUsage } from '../usage/report-usage.ts';
import { logJob, nameOf } from './log.ts';
import { sweepExpired } from './sweep-expired.ts';

export type CronDeps = DeliverDeps & BillingDeps & Pick<UsageDeps, 'metrics'>;

/** A bounded piece of catching up; answers what it did, in numbers. */
type Sweep = (deps: CronDeps) => Promise<Readonly<Record<string, number>>>;

/** Every cron string of wrangler.toml, and the sweeps that it runs, by the name they have in the log. */
const SWEEPS: Readonly<Record<string, Readonly<Record<string, Sweep>>>> = {
  '* * * * *': {
    usage: (deps) => reportUsage(deps),
    billing: (deps) => sweepBilling(deps),
    outbox: (deps) => sweepOutbox(deps),
    tallies: (deps) => foldTallies(deps),
  },
  '17 * * * *': {
    catch_up: (deps) => catchUp(deps),
    reconcile: (deps) => reconcile(deps),
    notices: (deps) => sendNotices(deps),
    expired: (deps) => sweepExpired(deps),
  },
};

/**
 * Runs the sweeps of a cron string, one after the other, and all of them for a string that is none of ours. A
 * sweep that fails keeps no other from running.
 *
 * @throws {AggregateError} when any failed, so that the platform counts the run as failed
 */
export async function runCron(cron: string, deps: CronDeps): Promise<void> {
  const scheduled = Object.hasOwn(SWEEPS, cron) ? SWEEPS[cron] : undefined;
  const sweeps = scheduled ?? Object.assign({}, ...Object.values(SWEEPS));
  const failures: unknown[] = [];
  for (const [name, sweep] of Object.entries<Sweep>(sweeps)) {
    try {
      const did = await sweep(deps);
      // Once a minute is too often to say that there was nothing to do.
      if (Object.values(did).some((number) => number > 0)) logJob('log', { job: `sweep_${name}`, ...did });
    } catch (error) {
      logJob('error', { job: `sweep_${name}`, outcome: 'failed', error: nameOf(error) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'a sweep failed');
}
