import * as z from 'zod';
import { Payment, Subscription } from '../billing/contract.ts';
import { EVENT_STATUSES } from '../billing/event-store.ts';
import { PAYMENT_STATUSES } from '../billing/payment-store.ts';
import { SUBSCRIPTION_STATUSES } from '../billing/ports.ts';
import { created, flag, line, listOf, listQuery, uuid } from './contract.ts';

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `Must be one of ${values.join(', ')}.`);

export const PaymentQuery = listQuery({
  status: oneOf(PAYMENT_STATUSES).optional(),
  user_id: uuid.optional(),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, 'Must be a currency of ISO 4217.')
    .toUpperCase()
    .optional(),
  ...created,
});

export const SubscriptionQuery = listQuery({
  status: oneOf(SUBSCRIPTION_STATUSES).optional(),
  user_id: uuid.optional(),
  plan_code: line(64).optional(),
  provider: oneOf(['stripe', 'manual']).optional(),
});

const user_email = z.string().nullable().meta({ description: 'Null once the account is deleted.' });

export const AdminPayment = Payment.extend({ user_id: z.uuid().nullable(), user_email }).meta({
  id: 'AdminPayment',
});
export type AdminPayment = z.infer<typeof AdminPayment>;
export const AdminPaymentList = listOf(AdminPayment).meta({ id: 'AdminPaymentList' });

export const AdminSubscription = Subscription.extend({ user_email }).meta({ id: 'AdminSubscription' });
export type AdminSubscription = z.infer<typeof AdminSubscription>;
export const AdminSubscriptionList = listOf(AdminSubscription).meta({ id: 'AdminSubscriptionList' });

const instant = z.iso.datetime();

export const EventQuery = listQuery({ status: oneOf(EVENT_STATUSES).optional() });
export const WebhookEvent = z
  .object({
    id: z.string().meta({ example: 'evt_1S4x' }),
    event_id: z
      .string()
      .meta({ description: 'The same: an event is known by the name that Stripe gave it.' }),
    type: z.string().meta({ example: 'invoice.paid' }),
    object_id: z.string().nullable(),
    status: z.enum(EVENT_STATUSES),
    attempts: z.int(),
    deliveries: z.int(),
    last_error: z.string().nullable(),
    next_attempt_at: instant,
    occurred_at: instant,
    created_at: instant,
    processed_at: instant.nullable(),
  })
  .meta({ id: 'WebhookEvent' });
export type WebhookEvent = z.infer<typeof WebhookEvent>;
export const WebhookEventList = listOf(WebhookEvent).meta({ id: 'WebhookEventList' });
export const EventPath = z.object({ id: z.string() });

export const AlertQuery = listQuery({ open: flag.optional() });
export const BillingAlert = z
  .object({
    id: z.uuid(),
    kind: z.string().meta({ example: 'double_subscription' }),
    user_id: z.uuid().nullable(),
    details: z.record(z.string(), z.unknown()),
    created_at: instant,
    resolved_at: instant.nullable(),
  })
  .meta({ id: 'BillingAlert' });
export type BillingAlert = z.infer<typeof BillingAlert>;
export const BillingAlertList = listOf(BillingAlert).meta({ id: 'BillingAlertList' });
