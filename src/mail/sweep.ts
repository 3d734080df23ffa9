import { AppError } from '../errors.ts';
import { type DeliverDeps, deliver } from './deliver.ts';
import { fewAtATime } from './few-at-a-time.ts';
import { buryAbandoned, due } from './store.ts';

/** The most that one run looks at; a run a minute. */
const MAILS_PER_RUN = 100;

/** No mail is begun later than this. What remains is the next run's. */
const TIME_BUDGET_MS = 20_000;

/** What a run did. `retried`: failed and to be tried again. */
export type SweepCount = { sent: number; retried: number; dead: number };

/**
 * Delivers the mails that are due, directly: the queue may be what is broken. Any number of runs at once is safe,
 * because each mail is claimed when its turn comes.
 *
 * @throws whatever kept a mail from being tried at all, after the others had their turn; with the database away at once
 */
export async function sweepOutbox(deps: DeliverDeps, timeBudgetMs = TIME_BUDGET_MS): Promise<SweepCount> {
  const end = Date.now() + timeBudgetMs;
  const [abandoned, mails] = await deps.db.batch([buryAbandoned(), due(MAILS_PER_RUN)]);
  const count: SweepCount = { sent: 0, retried: 0, dead: abandoned.length };
  const failures: unknown[] = [];
  let databaseAway = false;

  await fewAtATime(mails, async ({ id }) => {
    if (databaseAway || Date.now() >= end) return;
    try {
      const delivery = await deliver(deps, id);
      if (typeof delivery === 'object') count.retried += 1;
      else if (delivery !== 'skipped') count[delivery] += 1;
    } catch (error) {
      databaseAway ||= error instanceof AppError && error.code === 'database_unavailable';
      failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
  return count;
}
