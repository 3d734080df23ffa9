import * as z from 'zod';

const count = z.int();
const cents = z.int().meta({ description: 'What was kept: what was given back is not in it.' });
const days = z.array(count).meta({ description: 'One a day, as in `days`.' });

export const DashboardStats = z
  .object({
    generated_at: z.iso.datetime(),
    users: z.object({
      total: count,
      verified: count,
      active: count,
      admins: count.meta({ description: 'Active and verified ones.' }),
      new_30d: count,
    }),
    subscriptions: z.object({
      active: count,
      trialing: count,
      past_due: count,
      canceled_30d: count,
      by_plan: z.array(z.object({ plan_code: z.string(), plan_name: z.string(), count })).meta({
        description: 'Those that are active, on trial or past due.',
      }),
    }),
    payments: z.object({
      succeeded_30d: count,
      failed_30d: count.meta({ description: 'Not paid since, either.' }),
      refunded_30d: count,
      revenue: z.array(z.object({ currency: z.string(), total_cents: cents, last_30d_cents: cents })),
    }),
    mail: z.object({ dead: count }),
    events: z.object({ dead: count, orphan: count }),
    alerts: z.object({ open: count }),
    series: z
      .object({
        days: z.array(z.iso.date()),
        sign_ups: days,
        active_subscriptions: days.meta({
          description: 'At the end of each day: active, on trial or past due, by when they began and ended.',
        }),
        failed_payments: days,
        revenue: z.array(z.object({ currency: z.string(), amount_cents: days })),
      })
      .meta({ description: 'The last 30 days in UTC, the oldest first, today last.' }),
  })
  .meta({ id: 'DashboardStats' });
export type DashboardStats = z.infer<typeof DashboardStats>;
