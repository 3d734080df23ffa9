import * as z from 'zod';
import { TIERS } from '../billing/access.ts';
import { PlanLimits } from '../billing/contract.ts';
import { UsageRow } from '../billing/subscription-contract.ts';

/** More in one report is more likely a mistake. */
const MAX_QUANTITY = 1_000_000;

export const UsageRequest = z
  .object({
    metric: z.string().max(64, 'Must have at most 64 characters.').meta({ example: 'items' }),
    quantity: z
      .int('Must be a whole number.')
      .min(1, 'Must be at least 1.')
      .max(MAX_QUANTITY, `Must be at most ${MAX_QUANTITY}.`)
      .meta({ description: 'Nothing is given back: what counts is what was used in the period.' }),
    idempotency_key: z
      .string()
      .min(1, 'Must not be empty.')
      .max(255, 'Must have at most 255 characters.')
      .regex(/^\P{Cc}*$/u, 'Must be on one line.')
      .meta({
        description:
          'Your own name for this use, unique for the account. Sent again it is counted once and answered the same.',
        example: 'order-4711',
      }),
  })
  .meta({ id: 'UsageRequest' });
export type UsageRequest = z.infer<typeof UsageRequest>;

export const Recorded = UsageRow.omit({ period_start: true, period_end: true }).meta({ id: 'RecordedUsage' });
export type Recorded = z.infer<typeof Recorded>;

const period = { period_start: z.iso.datetime(), period_end: z.iso.datetime() };

export const Usage = z
  .object({ ...period, data: z.array(UsageRow).meta({ description: 'A metric a row.' }) })
  .meta({
    id: 'Usage',
    description:
      'The period is the subscription’s; without one, or under one without an end, the month in UTC.',
  });

export const Entitlements = z
  .object({
    tier: z.enum(TIERS),
    limits: PlanLimits,
    usage: z.array(UsageRow),
    features: z.array(z.string()).meta({ description: 'What the plan opens.', example: ['api_access'] }),
  })
  .meta({ id: 'Entitlements' });
export type Entitlements = z.infer<typeof Entitlements>;
