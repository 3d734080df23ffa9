import * as z from 'zod';
import { instantToCome } from '../http/instant.ts';
import { Subscription } from './contract.ts';

const endsAt = instantToCome
  .nullable()
  .meta({ type: ['string', 'null'], format: 'date-time', description: 'Null: without an end.' });

export const GrantRequest = z
  .strictObject({
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

export const GrantPatch = z.strictObject({ ends_at: endsAt }).meta({ id: 'GrantPatch' });

export { Subscription };
