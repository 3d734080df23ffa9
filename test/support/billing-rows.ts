import type { Service } from './service.ts';

/** What billing holds about a user, without what differs from run to run. */
export async function billingRows(service: Service, userId: string) {
  const subscriptions = await service.sql(
    `SELECT s.status, plans.code AS plan, s.provider_subscription_id, s.cancel_at_period_end, s.current_period_end,
            s.ended_at IS NOT NULL AS ended, s.past_due_since IS NOT NULL AS past_due, s.suspended_at IS NOT NULL AS suspended,
            s.replaced_by IS NOT NULL AS replaced
     FROM subscriptions s LEFT JOIN plans ON plans.id = s.plan_id
     WHERE user_id = $1 ORDER BY s.started_at, s.provider_subscription_id`,
    [userId],
  );
  const payments = await service.sql(
    `SELECT provider_invoice_id, amount_cents, currency, status, refunded_cents, dispute_status
     FROM payments WHERE user_id = $1 ORDER BY created_at, provider_invoice_id`,
    [userId],
  );
  return { subscriptions, payments, mails: await billingMails(service, userId) };
}

/** The mails of billing to a user, by kind. */
export async function billingMails(service: Service, userId: string): Promise<string[]> {
  const rows = await service.sql(
    `SELECT kind FROM outbox WHERE user_id = $1 AND (kind LIKE 'subscription%' OR kind LIKE 'payment%' OR kind LIKE 'trial%')
     ORDER BY kind, dedupe_key`,
    [userId],
  );
  return rows.map(({ kind }) => kind);
}

/** Forgets all that events led to, as if none had arrived. */
export async function forgetBilling(service: Service): Promise<void> {
  await service.sql(
    'TRUNCATE stripe_events, payments, subscriptions, sync_fences, billing_tasks, billing_alerts, trial_uses',
  );
  await service.sql(
    `DELETE FROM outbox WHERE kind LIKE 'subscription%' OR kind LIKE 'payment%' OR kind LIKE 'trial%'`,
  );
  service.billingQueued.length = 0;
}
