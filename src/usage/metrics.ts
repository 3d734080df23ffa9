import type { SQL } from 'drizzle-orm';
import type { Tier } from '../billing/access.ts';

/** What is used and may run out. Its limit is one of the plan's, or says itself how much a tier allows; −1 is unlimited. */
export type Metric = {
  readonly name: string;
  readonly limit: 'max_items' | 'max_secondary' | Readonly<Record<Tier, number>>;
} & (
  | {
      /** Stripe's meter (its `event_name`) that is told the totals; left out for what costs nothing by itself. */
      readonly meter?: string | undefined;
      readonly usageOf?: undefined;
    }
  | {
      /**
       * For those who count in their own tables: a whole number, as an SQL expression that reads them. It says all
       * that is used, so nothing is reported of it, and the limit is theirs to keep.
       */
      readonly usageOf: (userId: SQL, period: Period) => SQL;
      readonly meter?: undefined;
    }
);

/** From when on, and before when; both `timestamptz`. */
export type Period = { readonly start: SQL; readonly end: SQL };

/** Everything that is counted, in the order in which it is shown. A deployment that has more hands them to `buildDeps`. */
export const METRICS: readonly Metric[] = [
  { name: 'items', limit: 'max_items' },
  { name: 'secondary', limit: 'max_secondary' },
];

/**
 * The same, with the meters that totals go to.
 *
 * @throws {RangeError} for a meter of a metric that there is none of
 */
export function withMeters(
  metrics: readonly Metric[],
  meters: Readonly<Record<string, string>>,
): readonly Metric[] {
  const missing = Object.keys(meters).find((name) => !metrics.some((metric) => metric.name === name));
  if (missing !== undefined) throw new RangeError(`names ${missing}, which is not counted`);
  const elsewhere = metrics.find((metric) => metric.usageOf && Object.hasOwn(meters, metric.name));
  if (elsewhere)
    throw new RangeError(`names ${elsewhere.name}, which is counted elsewhere and can not be charged by use`);
  return metrics.map((metric) =>
    metric.usageOf ? metric : { ...metric, meter: meters[metric.name] ?? metric.meter },
  );
}
