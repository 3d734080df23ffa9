import { formatMoney as formatAmount } from '../../src/money.ts';

/** How the reader writes; a tag that some systems make up (`en-US@posix`) would make every formatter throw. */
export const locales = navigator.languages.filter(isLocale);

const exact = new Intl.DateTimeFormat(locales, { dateStyle: 'full', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(locales, { dateStyle: 'medium' });
const utcDay = new Intl.DateTimeFormat(locales, { dateStyle: 'medium', timeZone: 'UTC' });
const relative = new Intl.RelativeTimeFormat(locales, { numeric: 'auto' });
const count = new Intl.NumberFormat(locales);

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const WEEK_SECONDS = 7 * 86_400;
const DAY_MS = 86_400_000;

/** `Friday, 20 November 2026 at 15:50:00 CET`: the exact moment, in the reader's zone. */
export const exactTime = (iso: string): string => exact.format(new Date(iso));

/** `20 Nov 2026`, in the reader's zone. */
export const formatDay = (iso: string): string => day.format(new Date(iso));

/**
 * The first and the last day of a period, whose end is the first instant after it. A period of whole days in UTC, as a
 * calendar month is, has the same days for every reader.
 */
export function formatPeriod(start: string, end: string): [first: string, last: string] {
  if (Date.parse(start) % DAY_MS !== 0 || Date.parse(end) % DAY_MS !== 0) {
    return [formatDay(start), formatDay(end)];
  }
  return [utcDay.format(new Date(start)), utcDay.format(Date.parse(end) - 1)];
}

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
  formatAmount(minorUnits, currency, locales);

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
