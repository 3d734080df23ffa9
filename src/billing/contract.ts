import * as z from 'zod';
import { TIERS } from './access.ts';
import { SUBSCRIPTION_STATUSES } from './ports.ts';

const instant = z.iso.datetime();
const currency = z.string().meta({ description: 'ISO 4217, upper case.', example: 'USD' });

export const PlanLimits = z
  .object({
    max_items: z.int(),
    max_secondary: z.int(),
    api_access: z.boolean(),
  })
  .meta({ id: 'PlanLimits', description: '−1 is unlimited.' });

export const Plan = z
  .object({
    id: z.uuid(),
    name: z.string(),
    code: z.string(),
    price_cents: z.int(),
    currency,
    billing_period: z.enum(['monthly', 'yearly']),
    tier: z.enum(TIERS),
    is_active: z.boolean(),
    trial_days: z.int(),
    limits: PlanLimits,
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof Plan>;

export const Subscription = z
  .object({
    id: z.uuid(),
    user_id: z.uuid().nullable(),
    plan_id: z.uuid().nullable(),
    plan: Plan.nullable().meta({
      description: 'Null only where what is paid belongs to no plan here; it then grants nothing.',
    }),
    status: z.enum(SUBSCRIPTION_STATUSES),
    provider: z.string().meta({ description: '`stripe`, or `manual` for what an administrator granted.' }),
    started_at: instant,
    current_period_start: instant.nullable(),
    current_period_end: instant.nullable().meta({ description: 'Null: without an end.' }),
    cancel_at_period_end: z.boolean(),
    canceled_at: instant.nullable(),
    has_access: z.boolean().meta({ description: 'Whether it grants its plan at this moment.' }),
  })
  .meta({ id: 'Subscription' });
export type Subscription = z.infer<typeof Subscription>;

export const Payment = z
  .object({
    id: z.uuid(),
    subscription_id: z.uuid().nullable(),
    provider: z.string(),
    provider_invoice_id: z.string(),
    amount_cents: z.int(),
    currency,
    status: z.enum(['pending', 'succeeded', 'failed', 'refunded']),
    created_at: instant,
  })
  .meta({ id: 'Payment' });
export type Payment = z.infer<typeof Payment>;
