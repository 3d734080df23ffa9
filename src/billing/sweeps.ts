import { AppError } from '../errors.ts';
import { fewAtATime } from '../mail/few-at-a-time.ts';
import { dueEvents, dueOrphans, ingestMissed } from './event-store.ts';
import { HANDLED_EVENTS } from './events.ts';
import type { BillingDeps } from './ports.ts';
import { type Outcome, processEvent, refreshSubscription } from './process-event.ts';
import { runTask } from './run-task.ts';
import { cursor, moveCursor, noteUnknown, staleSubscriptions, writeNotices } from './sweep-store.ts';
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

/** Works off events and tasks whose time has come. Any number of runs at once is safe: each piece is claimed. */
export async function sweepBilling(deps: BillingDeps, timeBudgetMs = TIME_BUDGET_MS) {
  if (!deps.seller) return { events: 0, tasks: 0, retried: 0, dead: 0 };
  const [events, orphans, tasks] = await deps.db.batch([
    dueEvents(PER_RUN),
    dueOrphans(PER_RUN, HANDLED_EVENTS),
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

/** Asks the provider about what should have ended, and about everything once a day. */
export async function reconcile(deps: BillingDeps, timeBudgetMs = TIME_BUDGET_MS) {
  const stale = await deps.db.query(staleSubscriptions(PER_RUN));
  const count = { asked: 0, unknown: 0 };
  await eachWithin(
    timeBudgetMs,
    stale.map(({ provider: name, provider_subscription_id: subscriptionId }) => async () => {
      const provider = Object.hasOwn(deps.providers, name) ? deps.providers[name] : undefined;
      if (!provider) return;
      count.asked += 1;
      if (await refreshSubscription(deps, provider, subscriptionId)) return;
      count.unknown += 1;
      await deps.db.query(noteUnknown(name, subscriptionId));
    }),
  );
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

/** Takes in the events that never arrived: an endpoint that was down for longer than Stripe repeats, or none at all. */
export async function catchUp(deps: BillingDeps, now = new Date()) {
  const { seller, db } = deps;
  if (!seller) return { missed: 0 };
  const name = `${seller.name}_events`;
  const [known] = await db.query(cursor(name));
  const since = new Date((known?.at.getTime() ?? now.getTime() - FIRST_LOOK_BACK_MS) - OVERLAP_MS);
  let until = now;
  let span = await seller.sales.eventsBetween(since, until, EVENTS_PER_SPAN);
  // The newest come first, so a span that is cut off has lost its beginning.
  while (!span.complete && until.getTime() - since.getTime() > 1_000) {
    until = new Date((since.getTime() + until.getTime()) / 2);
    span = await seller.sales.eventsBetween(since, until, EVENTS_PER_SPAN);
  }
  const [missed] = await db.batch([ingestMissed(span.events), moveCursor(name, until)]);
  for (const { id } of missed) deps.announceBilling({ stripe_event_id: id });
  return { missed: missed.length };
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
