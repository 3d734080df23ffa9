import type Stripe from 'stripe';

export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;

/** A moment some months after another, on the day of the month of an anchor or the last there is. */
export function addMonths(time: number, anchor: number, months: number): number {
  const date = new Date(time * 1000);
  const target = new Date(date);
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(new Date(anchor * 1000).getUTCDate(), lastDay));
  return Math.floor(target.getTime() / 1000);
}

/** The end of the period that begins at `start`. */
export function periodEnd(
  start: number,
  anchor: number,
  { interval, interval_count: count }: Stripe.Price.Recurring,
): number {
  switch (interval) {
    case 'month':
      return addMonths(start, anchor, count);
    case 'year':
      return addMonths(start, anchor, 12 * count);
    case 'week':
      return start + 7 * DAY_SECONDS * count;
    default:
      return start + DAY_SECONDS * count;
  }
}
