import { authorizeCaller } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import type { User } from '../auth/store.ts';
import type { UsageOfMetric } from '../billing/ports.ts';
import { AppError } from '../errors.ts';
import type { Metric } from './metrics.ts';
import type { UsageDeps } from './ports.ts';
import { lockUsage, recordReport } from './record-store.ts';
import { remainingOf } from './store.ts';

export type UsageReport = {
  readonly metric: string;
  /** A whole number above 0. */
  readonly quantity: number;
  /** The reporter's own name for it, unique for the account. */
  readonly idempotencyKey: string;
};

export type Recorded = Omit<UsageOfMetric, 'periodStart' | 'periodEnd'>;

/**
 * Counts what an account used, all of it or nothing, and never beyond its limit, however many report at once. One
 * round trip. The same report again is answered as the first time and counted once.
 *
 * @throws {AppError} `limit_exceeded`, `idempotency_conflict` when the key named another report, `validation_failed`
 *   for a metric that there is none of or that is counted elsewhere, and those of `authorizeCaller`
 */
export async function recordUsage(
  deps: Pick<UsageDeps, 'settings' | 'db' | 'mayUseKeys' | 'metrics'>,
  caller: Caller,
  { metric: name, quantity, idempotencyKey }: UsageReport,
): Promise<{ user: User; recorded: Recorded }> {
  const metric = reportable(deps.metrics, name);
  // Also whoever calls this without a schema before it: less than nothing would give quota back.
  if (!Number.isSafeInteger(quantity) || quantity < 1) {
    throw new AppError('validation_failed', { errors: { quantity: 'Must be a whole number above 0.' } });
  }
  const { user, results } = await authorizeCaller(deps, caller, { scope: 'usage:write' }, (owner) => [
    lockUsage(owner),
    recordReport(owner, { metric, quantity, idempotencyKey }, deps.settings),
  ]);
  const [, [made]] = results;
  // Revoked, signed out or deactivated between the first statement and the lock.
  if (!made) throw new AppError('keyHash' in caller ? 'api_key_invalid' : 'invalid_token');
  const { outcome, used, limit } = made;
  switch (outcome) {
    case 'recorded':
    case 'repeated':
      return { user, recorded: { metric: name, used, limit, remaining: remainingOf({ used, limit }) } };
    case 'limit_exceeded':
      throw new AppError('limit_exceeded', {
        detail: `${used} of ${limit} ${name} are used in this period, so ${quantity} more are too many.`,
      });
    case 'idempotency_conflict':
      throw new AppError('idempotency_conflict');
  }
}

function reportable(metrics: readonly Metric[], name: string): Metric {
  const metric = metrics.find((one) => one.name === name);
  if (metric && !metric.usageOf) return metric;
  const counted = metrics.filter((one) => !one.usageOf).map((one) => one.name);
  const message = metric
    ? 'Is not reported: it is counted where it is used.'
    : `Must be one of ${counted.join(', ')}.`;
  throw new AppError('validation_failed', { errors: { metric: message } });
}
