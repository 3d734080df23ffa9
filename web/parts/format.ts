import { formatMoney as formatAmount } from '../../src/money.ts';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const count = new Intl.NumberFormat();

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const WEEK_SECONDS = 7 * 86_400;

/** `Friday, 20 November 2026 at 15:50:00 CET`: the exact moment, in the reader's zone. */
export const exactTime = (iso: string): string => exact.format(new Date(iso));

/** `20 Nov 2026`, in the reader's zone. */
export const formatDay = (iso: string): string => day.format(new Date(iso));

/** `5 minutes ago`, `tomorrow`; the day itself for what is more than a week away. */
export function relativeTime(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1_000;
  if (Math.abs(seconds) > WEEK_SECONDS) return formatDay(iso);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relative.format(Math.trunc(seconds / length), unit);
}

/** `1,234`, as the reader writes numbers. */
export const formatCount = (value: number): string => count.format(value);

/**
 * An amount as the reader writes it: `$19.00`, `19,00 €`.
 *
 * @param minorUnits as the service gives it: in the smallest unit that Stripe counts the currency in
 * @param currency ISO 4217
 */
export const formatMoney = (minorUnits: number, currency: string): string =>
  formatAmount(minorUnits, currency, navigator.languages);
