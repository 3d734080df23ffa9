import { formatMoney } from '../parts/format.ts';
import { t } from '../texts/index.ts';
import type { Plan } from './queries.ts';

/** A metric as people call it; one that a deployment has added is called as it calls it. */
export function metricName(metric: string): string {
  const names: Readonly<Record<string, string>> = t.billing.metrics;
  const words = metric.replaceAll('_', ' ');
  return names[metric] ?? words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/** `$19.00 a month`, or that it costs nothing. */
export const priceOf = ({ price_cents, currency, billing_period }: Plan): string =>
  price_cents === 0
    ? t.billing.costsNothing
    : t.billing.price(formatMoney(price_cents, currency), billing_period);
