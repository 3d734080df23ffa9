import * as z from 'zod';
import { pageOf } from '../http/openapi.ts';
import { Payment, Plan, Subscription } from './contract.ts';

const planCode = z.string().min(1, 'Must not be empty.').max(64, 'Must have at most 64 characters.');

/** Checked whole by the use case, which knows what is allowed. */
const address = z.string().min(1, 'Must not be empty.').max(2_048, 'Must have at most 2048 characters.');

const targets = {
  success_url: address.optional().meta({
    description:
      'Where the browser goes after paying, on the frontend or an allowed origin; `{CHECKOUT_SESSION_ID}` in it ' +
      'becomes the session’s id. Arriving there proves nothing: ask for the subscription.',
    example: 'https://app.acme.test/billing/return?session_id={CHECKOUT_SESSION_ID}',
  }),
  cancel_url: address.optional().meta({ description: 'Where it goes after turning back.' }),
};

export const SubscribeRequest = z
  .strictObject({
    plan_code: planCode.meta({ example: 'pro' }),
    ...targets,
    promotion_code: z
      .string()
      .min(1, 'Must not be empty.')
      .max(200, 'Must have at most 200 characters.')
      .optional(),
  })
  .meta({ id: 'SubscribeRequest' });

export const Checkout = z
  .object({
    checkout_url: z.string().meta({ description: 'The page to pay on.' }),
    session_id: z.string(),
  })
  .meta({ id: 'Checkout' });

export const UpgradeRequest = z
  .strictObject({
    plan_code: planCode.meta({ example: 'enterprise' }),
    mode: z.enum(['checkout', 'prorate'], 'Must be checkout or prorate.').meta({
      description:
        '`prorate` changes the plan now and charges or credits the difference; `checkout` buys the new one on a page, ' +
        'and the old one ends when it is paid.',
    }),
    ...targets,
  })
  .meta({ id: 'UpgradeRequest' });

export const UpgradePreviewRequest = z
  .strictObject({ plan_code: planCode })
  .meta({ id: 'UpgradePreviewRequest' });

export const UpcomingInvoice = z
  .object({
    amount_due_cents: z.int(),
    currency: z.string().meta({ description: 'ISO 4217, upper case.', example: 'USD' }),
    due_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'UpcomingInvoice' });

export const PortalRequest = z.strictObject({ return_url: address.optional() }).meta({ id: 'PortalRequest' });

export const Portal = z
  .object({ url: z.string().meta({ description: 'Good for a few minutes.' }) })
  .meta({ id: 'Portal' });

export const PaymentList = pageOf(Payment).meta({ id: 'PaymentList' });

export const UsageRow = z
  .object({
    metric: z.string(),
    used: z.int(),
    limit: z.int().meta({ description: '−1 is unlimited.' }),
    remaining: z.int().nullable().meta({ description: 'Null: unlimited.' }),
    period_start: z.iso.datetime(),
    period_end: z.iso.datetime(),
  })
  .meta({ id: 'UsageRow' });
export type UsageRow = z.infer<typeof UsageRow>;

export const Overview = z
  .object({
    subscription: Subscription.nullable().meta({
      description:
        'The one that grants access, or else one that has not ended; `has_access` tells which it is.',
    }),
    plan: Plan.nullable().meta({
      description: 'The one in force: without a subscription the free one, null only where there is none.',
    }),
    usage: z.array(UsageRow),
    upcoming_invoice: UpcomingInvoice.nullable().meta({
      description: 'Null where nothing will be charged, or where the provider did not say so in time.',
    }),
    payments: z.array(Payment).meta({ description: 'The last few.' }),
  })
  .meta({ id: 'BillingOverview' });
