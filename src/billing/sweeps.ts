import { AppError } from '../errors.ts';
import { logJob } from '../jobs/log.ts';
import { fewAtATime } from '../mail/few-at-a-time.ts';
import { dueEvents, dueOrphans, ingestMissed } from './event-store.ts';
import type { BillingDeps, Sales } from './ports.ts';
import { type Outcome, processEvent, refreshSubscription } from './process-event.ts';
import { runTask } from './run-task.ts';
import {
  cursor,
  moveCursor,
  moveToTheEnd,
  noteUnknown,
  notSeenForADay,
  periodOver,
  writeNotices,
} from './sweep-store.ts';
import { dueTasks } from './task-store.ts';

/** The most that one run looks at of each kind. What remains is the next run's. */
const PER_RUN = 50;
const NOTICES_PER_RUN = 200;

/** No piece of work is begun later than this. */
const TIME_BUDGET_MS = 20_000;

/** The catch-up looks back further than where it was: Stripe's list may lag behind its clock. */
const OVERLAP_MS = 5 * 60_000;

/** Where the first catch-up begins. */
const FIRST_LOOK_BACK_MS = 86_400_000;

/** More than an hour holds, as a rule; where it holds more, a shorter span is looked at. */
const EVENTS_PER_SPAN = 1_000;

/** Being that far behind after a run means that events come faster than they are taken in. */
const LAG_WORTH_A_LINE_MS = 2 * 3_600_000;

/** Works off events and tasks whose time has come. Any number of runs at once is safe: each piece is claimed. */
export async function sweepBilling(deps: BillingDeps, timeBudgetMs = TIME_BUDGET_MS) {
  if (!deps.seller) return { events: 0, tasks: 0, retried: 0, dead: 0 };
  const [events, orphans, tasks] = await deps.db.batch([
    dueEvents(PER_RUN),
    dueOrphans(PER_RUN),
    dueTasks(PER_RUN),
  ]);
  const count = { events: 0, tasks: 0, retried: 0, dead: 0 };
  const note = (kind: 'events' | 'tasks', outcome: Outcome) => {
    if (typeof outcome === 'object') count.retried += 1;
    else if (outcome === 'dead') count.dead += 1;
    else if (outcome === 'done') count[kind] += 1;
  };
  await eachWithin(timeBudgetMs, [
    ...[...events, ...orphans].map(
      ({ id }) =>
        async () =>
          note('events', await processEvent(deps, id)),
    ),
    ...tasks.map(
      ({ id }) =>
        async () =>
          note('tasks', await runTask(deps, id)),
    ),
  ]);
  return count;
}

/**
 * Asks the provider about what should have ended, and about everything once a day: by portions of both, until nothing is
 * left or the time is over. Each subscription once a run, whatever comes of it.
 */
export async function reconcile(deps: BillingDeps, timeBudgetMs = TIME_BUDGET_MS) {
  const started = new Date();
  const end = started.getTime() + timeBudgetMs;
  const names = Object.keys(deps.providers);
  const count = { asked: 0, unknown: 0 };
  let portion: number;
  do {
    const [over, daily] = await deps.db.batch([
      periodOver(names, started, PER_RUN),
      notSeenForADay(names, started, PER_RUN),
    ]);
    const stale = new Map([...over, ...daily].map((row) => [row.provider_subscription_id, row.provider]));
    portion = stale.size;
    await eachWithin(
      end - Date.now(),
      [...stale].map(([subscriptionId, name]) => async () => {
        const provider = Object.hasOwn(deps.providers, name) ? deps.providers[name] : undefined;
        if (!provider) return;
        count.asked += 1;
        try {
          if (await refreshSubscription(deps, provider, subscriptionId)) return;
        } catch (error) {
          await deps.db.query(moveToTheEnd(name, subscriptionId));
          throw error;
        }
        count.unknown += 1;
        await deps.db.batch(noteUnknown(name, subscriptionId));
      }),
    );
  } while (portion > 0 && Date.now() < end);
  return count;
}

/** Writes the mails that no event asks for. */
export async function sendNotices({
  db,
  settings,
  announceMail,
}: Pick<BillingDeps, 'db' | 'settings' | 'announceMail'>) {
  const mails = await db.query(writeNotices(settings, NOTICES_PER_RUN));
  for (const { id } of mails) announceMail(id);
  return { notices: mails.length };
}

/**
 * Takes in the events that never arrived: an endpoint that was down for longer than Stripe repeats, or none at all. Span
 * by span up to now, or as far as the time goes; the sweep works them off.
 */
export async function catchUp(deps: BillingDeps, now = new Date(), timeBudgetMs = TIME_BUDGET_MS) {
  const { seller, db } = deps;
  if (!seller) return { missed: 0 };
  const end = Date.now() + timeBudgetMs;
  const name = `${seller.name}_events`;
  const [known] = await db.query(cursor(name));
  let since = new Date((known?.at.getTime() ?? now.getTime() - FIRST_LOOK_BACK_MS) - OVERLAP_MS);
  let missed = 0;
  while (since < now && Date.now() < end) {
    const { events, until } = await spanFrom(seller.sales, since, now);
    const [fresh] = await db.batch([ingestMissed(events), moveCursor(name, until)]);
    missed += fresh.length;
    since = until;
  }
  if (now.getTime() - since.getTime() > LAG_WORTH_A_LINE_MS) {
    logJob('error', {
      job: 'catch_up',
      outcome: 'behind',
      seconds: (now.getTime() - since.getTime()) / 1_000,
    });
  }
  return { missed };
}

/** The longest span from there that holds no more events than one look brings. */
async function spanFrom(sales: Sales, since: Date, now: Date) {
  let until = now;
  for (;;) {
    const { events, complete } = await sales.eventsBetween(since, until, EVENTS_PER_SPAN);
    // The newest come first, so a span that is cut off has lost its beginning. A second can't be cut.
    if (complete || until.getTime() - since.getTime() <= 1_000) return { events, until };
    until = new Date((since.getTime() + until.getTime()) / 2);
  }
}

/**
 * Runs pieces of work, a few at a time and none begun late. One that fails keeps no other from running, but the
 * database away ends it all.
 *
 * @throws the first failure, when the others have had their turn
 */
async function eachWithin(timeBudgetMs: number, work: readonly (() => Promise<void>)[]): Promise<void> {
  const end = Date.now() + timeBudgetMs;
  const failures: unknown[] = [];
  let databaseAway = false;
  await fewAtATime(work, async (piece) => {
    if (databaseAway || Date.now() >= end) return;
    try {
      await piece();
    } catch (error) {
      databaseAway ||= error instanceof AppError && error.code === 'database_unavailable';
      failures.push(error);
    }
  });
  if (failures.length > 0) throw failures[0];
}
