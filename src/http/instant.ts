import * as z from 'zod';

/** Years that every part of the way can write with four digits; which of them is in the future, the database says. */
const YEARS = [Date.UTC(2000, 0, 1), Date.UTC(9999, 0, 1)] as const;

/** An instant to come, in a body. */
export const instantToCome = z.iso
  .datetime({ offset: true, error: 'Must be a time in ISO 8601 with an offset, or null.' })
  .transform((value) => new Date(value))
  .refine((date) => date.getTime() >= YEARS[0] && date.getTime() < YEARS[1], 'Must be a time to come.');
