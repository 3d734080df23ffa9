import * as z from 'zod';
import { Subscription } from './contract.ts';

/** Years that every part of the way can write with four digits; which of them is in the future, the database says. */
const YEARS = [Date.UTC(2000, 0, 1), Date.UTC(9999, 0, 1)] as const;

const endsAt = z.iso
  .datetime({ offset: true, error: 'Must be a time in ISO 8601 with an offset, or null.' })
  .transform((value) => new Date(value))
  .refine((date) => date.getTime() >= YEARS[0] && date.getTime() < YEARS[1], 'Must be a time to come.')
  .nullable()
  .meta({ type: ['string', 'null'], format: 'date-time', description: 'Null: without an end.' });

export const GrantRequest = z
  .object({
    user_id: z.uuid('Must be the id of a user.').transform((id) => id.toLowerCase()),
    plan_code: z.string().max(100).meta({ example: 'pro' }),
    ends_at: endsAt.default(null),
    reason: z
      .string()
      .trim()
      .max(500, 'Must have at most 500 characters.')
      .optional()
      .meta({ description: 'Kept in the audit log.' }),
  })
  .meta({ id: 'GrantRequest' });

export const GrantPatch = z.object({ ends_at: endsAt }).meta({ id: 'GrantPatch' });

export { Subscription };
