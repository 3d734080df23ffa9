import * as z from 'zod';

/** As `to_jsonb(timestamptz)` writes it, with an offset. */
const instant = z.iso.datetime({ offset: true });

/** An amount in minor units, as Stripe counts them. */
const money = { amount_cents: z.int().nonnegative(), currency: z.string().regex(/^[A-Z]{3}$/) };

const billing_period = z.enum(['monthly', 'yearly']);

/** The mails of billing, for the union of all kinds. What they lead to is `/billing` of the front end. */
export const BILLING_MAILS = [
  /** A plan was subscribed to, or granted. With `trial_end`, it is free until then and costs `amount_cents` from then on. */
  z.object({
    kind: z.literal('subscription_started'),
    username: z.string(),
    plan_name: z.string(),
    ...money,
    billing_period,
    period_end: instant.nullable(),
    trial_end: instant.nullable(),
  }),
  /** Another period was paid for. */
  z.object({
    kind: z.literal('subscription_renewed'),
    username: z.string(),
    plan_name: z.string(),
    ...money,
    period_end: instant.nullable(),
  }),
  /** It is for another plan from now on. */
  z.object({
    kind: z.literal('subscription_changed'),
    username: z.string(),
    old_plan_name: z.string().nullable(),
    plan_name: z.string(),
  }),
  /** It won't renew; until its period ends it grants access and can be resumed. */
  z.object({
    kind: z.literal('subscription_canceled'),
    username: z.string(),
    plan_name: z.string(),
    period_end: instant.nullable(),
  }),
  /** It grants nothing any more: the account is on the free plan. */
  z.object({ kind: z.literal('subscription_ended'), username: z.string(), plan_name: z.string() }),
  /** Ahead of an end that nothing will put off: of one that was cancelled, or that an administrator granted. */
  z.object({
    kind: z.literal('subscription_expiring'),
    username: z.string(),
    plan_name: z.string(),
    period_end: instant,
  }),
  /** A charge was declined. `access_until`: when access ends if nothing is done, where that is known. */
  z.object({
    kind: z.literal('payment_failed'),
    username: z.string(),
    plan_name: z.string().nullable(),
    ...money,
    access_until: instant.nullable(),
  }),
  /** The bank wants its customer to confirm a charge (3-D Secure). */
  z.object({
    kind: z.literal('payment_action_required'),
    username: z.string(),
    plan_name: z.string().nullable(),
    ...money,
  }),
  /** Ahead of the first charge. */
  z.object({
    kind: z.literal('trial_ending'),
    username: z.string(),
    plan_name: z.string(),
    trial_end: instant,
    ...money,
    billing_period,
  }),
  /** Money went back. */
  z.object({ kind: z.literal('payment_refunded'), username: z.string(), ...money }),
] as const;
export type BillingMail = z.infer<(typeof BILLING_MAILS)[number]>;
