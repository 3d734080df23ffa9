import type { BillingDeps } from '../billing/ports.ts';
import type { UsageDeps } from './ports.ts';
import { writeReports } from './report-store.ts';

/** Events that one run adds up. What remains is the next run's. */
const PER_RUN = 5_000;

/** Hands what was used on to be charged for, as totals. */
export async function reportUsage({
  db,
  metrics,
  announceBilling,
}: Pick<BillingDeps, 'db' | 'announceBilling'> & Pick<UsageDeps, 'metrics'>) {
  const counted = metrics.filter(({ meter }) => meter !== undefined);
  if (counted.length === 0) return { reports: 0 };
  const tasks = await db.query(
    writeReports(
      counted.map(({ name, meter }) => ({ name, meter })),
      PER_RUN,
    ),
  );
  for (const { id } of tasks) announceBilling({ billing_task_id: id });
  return { reports: tasks.length };
}
