import type * as z from 'zod';
import type { Caller } from '../auth/ports.ts';
import type { DashboardStats } from './dashboard-contract.ts';
import { DAYS, daily, endingToday, standing, totals } from './dashboard-store.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';

type Row<S extends (...args: never[]) => { row: z.ZodType }> = z.output<ReturnType<S>['row']>;

const DAY_MS = 86_400_000;

/** In what state a subscription goes on; the other states never began, or are over. */
const ONGOING: ReadonlySet<string> = new Set(['trialing', 'active', 'past_due']);
const NEVER_BEGAN: ReadonlySet<string> = new Set(['incomplete', 'incomplete_expired']);

/**
 * What a dashboard shows. One round trip, which reads sums and no users, payments or subscriptions but those that end
 * today: as fast with a million of them.
 */
export async function readDashboard(deps: AdminDeps, caller: Caller): Promise<DashboardStats> {
  const [sums, days, ending, [now]] = await readAsAdministrator(deps, caller, [
    totals(),
    daily(),
    endingToday(),
    standing(),
  ]);
  if (!now) throw new Error('a SELECT without FROM has a row');
  const { currencies, ...payments } = paymentsOf(sums);
  return {
    generated_at: now.generated_at.toISOString(),
    users: usersOf(sums),
    subscriptions: subscriptionsOf(sums, ending, now.plans),
    payments,
    mail: { dead: now.dead_mails },
    events: { dead: now.dead_events, orphan: now.orphan_events },
    alerts: { open: now.open_alerts },
    series: {
      days: Array.from({ length: DAYS }, (_, index) =>
        new Date(Date.parse(now.today) - (DAYS - 1 - index) * DAY_MS).toISOString().slice(0, 10),
      ),
      sign_ups: seriesOf(days, ({ topic, entries }) => (topic === 'users' ? entries : 0)),
      active_subscriptions: activeByDay(sums, days),
      failed_payments: seriesOf(days, ({ topic, kind, entries }) =>
        topic === 'payments' && kind.startsWith('failed:') ? entries : 0,
      ),
      revenue: currencies.map((currency) => ({
        currency,
        amount_cents: seriesOf(days, ({ topic, kind, cents }) =>
          topic === 'payments' && kind === `succeeded:${currency}` ? cents : 0,
        ),
      })),
    },
  };
}

type Sum = Row<typeof totals>;
type Day = Row<typeof daily>;

const sum = <T>(rows: readonly T[], of: (row: T) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

/** By the key of the tally: active, verified, administrator as digits. */
function usersOf(sums: readonly Sum[]): DashboardStats['users'] {
  const users = sums.filter(({ topic }) => topic === 'users');
  const those = (matches: (key: string) => boolean) =>
    sum(users, ({ key, entries }) => (matches(key) ? entries : 0));
  return {
    total: those(() => true),
    verified: those((key) => key[1] === '1'),
    active: those((key) => key[0] === '1'),
    admins: those((key) => key.startsWith('111')),
    new_30d: sum(users, ({ recent }) => recent),
  };
}

function subscriptionsOf(
  sums: readonly Sum[],
  ending: readonly Row<typeof endingToday>[],
  plans: Row<typeof standing>['plans'],
): DashboardStats['subscriptions'] {
  const now = (matches: (status: string, planId: string) => boolean) =>
    sum(sums, ({ topic, key, entries }) => {
      const [status = '', , planId = ''] = key.split(':');
      if (!matches(status, planId)) return 0;
      return topic === 'subscriptions' ? entries : topic === 'subscriptions_ended' ? -entries : 0;
    }) + sum(ending, ({ status, plan_id, count }) => (matches(status, plan_id ?? '') ? count : 0));
  return {
    active: now((status) => status === 'active'),
    trialing: now((status) => status === 'trialing'),
    past_due: now((status) => status === 'past_due'),
    canceled_30d: sum(sums, ({ topic, recent }) => (topic === 'subscriptions_canceled' ? recent : 0)),
    by_plan: plans
      .map(({ id, code, name }) => ({
        plan_code: code,
        plan_name: name,
        count: now((status, planId) => planId === id && ONGOING.has(status)),
      }))
      .filter(({ count }) => count > 0),
  };
}

function paymentsOf(sums: readonly Sum[]): DashboardStats['payments'] & { readonly currencies: string[] } {
  const payments = sums.filter(({ topic }) => topic === 'payments');
  const recent = (status: string) =>
    sum(payments, (row) => (row.key.startsWith(`${status}:`) ? row.recent : 0));
  const paid = payments
    .filter(({ key, entries }) => key.startsWith('succeeded:') && entries > 0)
    .map(({ key, cents, recent_cents }) => ({
      currency: key.slice('succeeded:'.length),
      total_cents: cents,
      last_30d_cents: recent_cents,
    }))
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
  return {
    succeeded_30d: recent('succeeded'),
    failed_30d: recent('failed'),
    refunded_30d: recent('refunded'),
    revenue: paid,
    currencies: paid.map(({ currency }) => currency),
  };
}

/** The oldest day first. */
function seriesOf(days: readonly Day[], of: (row: Day) => number): number[] {
  const series = Array.from({ length: DAYS }, () => 0);
  for (const row of days) series[DAYS - 1 - row.ago] = (series[DAYS - 1 - row.ago] ?? 0) + of(row);
  return series;
}

/** From what goes on at the end of today backwards: of each day what began on it was not there before, what ended was. */
function activeByDay(sums: readonly Sum[], days: readonly Day[]): number[] {
  const change = (topic: string, status: string, entries: number) =>
    NEVER_BEGAN.has(status)
      ? 0
      : topic === 'subscriptions'
        ? entries
        : topic === 'subscriptions_ended'
          ? -entries
          : 0;
  const changes = seriesOf(days, ({ topic, kind, entries }) => change(topic, kind, entries));
  let active = sum(sums, ({ topic, key, entries }) => change(topic, key.split(':', 1)[0] ?? '', entries));
  return changes
    .toReversed()
    .map((changed) => {
      const then = active;
      active -= changed;
      return then;
    })
    .toReversed();
}
