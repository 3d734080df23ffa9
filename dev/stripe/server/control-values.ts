import * as z from 'zod';

const card = z.enum(['works', 'declined', 'needs_action', 'none']);
const seconds = z.array(z.number().nonnegative());

export const Configure = z.strictObject({
  webhookUrl: z.url().nullable().optional(),
  webhookSecret: z.string().min(1).optional(),
  mode: z.enum(['push', 'hold']).optional(),
  retrySchedule: seconds.optional(),
  afterRetries: z.enum(['cancel', 'unpaid', 'past_due']).optional(),
  deliverySchedule: seconds.optional(),
});
export const Advance = z.union([
  z.strictObject({ seconds: z.number().int().nonnegative() }),
  z.strictObject({
    to: z.enum([
      'renewal',
      'period_end',
      'trial_end',
      'trial_will_end',
      'incomplete_expiry',
      'retry',
      'next',
    ]),
    subscription: z.string().optional(),
  }),
]);
export const Complete = z.strictObject({
  outcome: z.enum(['paid', 'declined', 'async', 'requires_action']).default('paid'),
  promotion_code: z.string().optional(),
  email: z.string().optional(),
  card: card.optional(),
});
export const Async = z.strictObject({ outcome: z.enum(['succeeded', 'failed']) });
export const FailNext = z.strictObject({
  customer: z.string().optional(),
  decline_code: z.string().default('generic_decline'),
  times: z.number().int().positive().default(1),
});
export const SetCard = z.strictObject({ customer: z.string(), card });
export const RefundOf = z.strictObject({
  invoice: z.string().optional(),
  charge: z.string().optional(),
  amount: z.number().int().positive().optional(),
});
export const DisputeOf = z.strictObject({
  invoice: z.string().optional(),
  charge: z.string().optional(),
  reason: z.string().default('fraudulent'),
});
export const CloseDispute = z.strictObject({ outcome: z.enum(['won', 'lost']) });
export const RetryPayment = z.strictObject({ invoice: z.string() });
export const Deliver = z.strictObject({
  order: z.enum(['forward', 'reverse', 'random']).default('forward'),
  /** Every event this many times. */
  duplicate: z.number().int().positive().default(1),
  /** Types that get lost. */
  drop: z.array(z.string()).default([]),
  /** Only these types. */
  types: z.array(z.string()).optional(),
  /** Also what was delivered before. */
  again: z.boolean().default(false),
});
export const Fault = z.strictObject({
  status: z.number().int().min(400).max(599).optional(),
  retry_after: z.number().optional(),
  count: z.number().int().positive().optional(),
  path: z.string().optional(),
  method: z.string().optional(),
  afterExecuting: z.boolean().optional(),
  drop: z.boolean().optional(),
  hangMs: z.number().nonnegative().optional(),
});
export const Mutate = z.strictObject({
  id: z.string(),
  set: z.record(z.string(), z.unknown()),
  /** The type of an event to tell of it with. */
  emit: z.string().optional(),
});
export const Emit = z.strictObject({
  type: z.string(),
  id: z.string(),
  previous: z.record(z.string(), z.unknown()).optional(),
});
