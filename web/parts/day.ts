/** A day in the reader's zone, as `2026-11-20`. */
export function dayOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * A moment as a field has it, in the reader's zone; as the service wants it. One that does not exist is left as it is:
 * the service says so.
 */
export function toInstant(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? local : date.toISOString();
}

/** The last second of a day where the reader is. */
export const endOfDay = (day: string): string => toInstant(`${day}T23:59:59`);
