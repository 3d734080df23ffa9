import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type AuditEntry, auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { statement } from '../db/client.ts';
import { done, id } from '../db/rows.ts';
import type { BillingTaskId, OutboxId, SubscriptionId, UserId } from '../ids.ts';
import { keyedMailsCte } from '../mail/outbox.ts';
import type { Settings } from '../settings.ts';
import { grantsAccess } from './access.ts';
import { MANUAL, type ManualChange, manualChangeCtes, NO_MAILS } from './manual-store.ts';
import { subscriptionColumns, subscriptionRow } from './store.ts';
import { tasksCte } from './task-store.ts';

export const END_ACTION = 'subscription.end';

/** What the audit log keeps of a subscription. */
const image = (row: 'granted' | 'standing' | 'changed' | 'subscriptions'): SQL => {
  const s = sql.identifier(row);
  return sql`jsonb_build_object(
    'user_id', ${s}.user_id, 'plan_id', ${s}.plan_id, 'provider', ${s}.provider, 'status', ${s}.status,
    'current_period_end', ${s}.current_period_end, 'cancel_at_period_end', ${s}.cancel_at_period_end,
    'canceled_at', ${s}.canceled_at, 'ended_at', ${s}.ended_at)`;
};

/**
 * Makes what follows in the batch wait for whatever else decides about the user's subscriptions, and see it. The row
 * is locked no more than needed: what hangs something on it, such as a login, does not wait.
 */
export const lockUser = (userId: UserId) =>
  statement(done, sql`SELECT 1 AS done FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`);

export type Grant = {
  readonly subscriptionId: SubscriptionId;
  readonly userId: UserId;
  readonly planCode: string;
  /** Null: without an end. */
  readonly endsAt: Date | null;
  readonly reason: string | undefined;
};

/** Grants a subscription, or says why not; to be run after {@link lockUser} in one batch. */
export const grant = (admin: Administrator, grant: Grant, settings: AccessSettings) =>
  statement(
    z.object({
      outcome: z.enum([
        'granted',
        'admin_required',
        'user_not_found',
        'user_disabled',
        'plan_not_found',
        'plan_is_free',
        'ends_in_past',
        'already_subscribed',
      ]),
      mail_id: id<OutboxId>().nullable(),
      /** Closes the page on which the user could still pay for one. */
      task_id: id<BillingTaskId>().nullable(),
    }),
    sql`WITH person AS (
          SELECT id, email, username, is_active FROM users WHERE id = ${grant.userId}::uuid
        ),
        plan AS (
          SELECT * FROM plans WHERE code = ${grant.planCode} AND is_active
        ),
        asked AS (SELECT ${grant.endsAt?.toISOString() ?? null}::timestamptz AS ends_at),
        verdict AS (
          SELECT CASE
            WHEN NOT ${stillAdministrator(admin)} THEN 'admin_required'
            WHEN NOT EXISTS (SELECT FROM person) THEN 'user_not_found'
            WHEN NOT (SELECT is_active FROM person) THEN 'user_disabled'
            WHEN NOT EXISTS (SELECT FROM plan) THEN 'plan_not_found'
            WHEN (SELECT tier FROM plan) = 'free' THEN 'plan_is_free'
            WHEN asked.ends_at <= now() THEN 'ends_in_past'
            WHEN EXISTS (
              SELECT FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id
              WHERE s.user_id = ${grant.userId}::uuid AND ${grantsAccess(settings)}
            ) THEN 'already_subscribed'
            ELSE 'granted'
          END AS outcome
          FROM asked
        ),
        granted AS (
          INSERT INTO subscriptions (id, user_id, plan_id, status, provider, provider_subscription_id,
                                     started_at, current_period_start, current_period_end)
          SELECT ${grant.subscriptionId}::uuid, person.id, plan.id, 'active', ${MANUAL}, ${`${MANUAL}_${grant.subscriptionId}`}::text, now(), now(), asked.ends_at
          FROM person, plan, asked, verdict WHERE verdict.outcome = 'granted'
          RETURNING *
        ),
        letters AS (
          SELECT person.id AS user_id, 'subscription_started' AS kind, person.email AS recipient,
                 jsonb_build_object('username', person.username, 'plan_name', plan.name, 'amount_cents', 0,
                                    'currency', plan.currency, 'billing_period', plan.billing_period,
                                    'period_end', granted.current_period_end, 'trial_end', NULL) AS payload,
                 'subscription_started:' || granted.provider_subscription_id AS dedupe_key
          FROM granted, person, plan
        ),
        ${keyedMailsCte()},
        due_tasks AS (
          SELECT 'expire_checkout' AS kind, 'expire_checkout:' || intent.provider_session_id AS dedupe_key,
                 jsonb_build_object('session_id', intent.provider_session_id) AS payload
          FROM checkout_intents AS intent JOIN granted ON granted.user_id = intent.user_id
          WHERE intent.status = 'open' AND intent.provider_session_id IS NOT NULL
        ),
        ${tasksCte()},
        audited AS (
          SELECT granted.id AS target_id, NULL::jsonb AS before,
                 ${image('granted')} || jsonb_build_object('reason', ${grant.reason ?? null}::text) AS after
          FROM granted
        ),
        ${auditCte(actorOf(admin), { action: 'subscription.grant', targetType: 'subscription' })}
        SELECT outcome, (SELECT id FROM mails) AS mail_id, (SELECT id FROM tasks) AS task_id FROM verdict`,
  );

type AccessSettings = Pick<Settings, 'BILLING_GRACE_PERIOD'>;

/** Changes a granted subscription for an administrator: the row, its audit and its mail. No row for one that is not of ours. */
export const changeGrant = (
  admin: Administrator,
  subscriptionId: SubscriptionId,
  change: ManualChange,
  action: AuditEntry['action'],
  mails: SQL = NO_MAILS,
) =>
  statement(
    z.object({ changed: z.boolean(), mail_id: id<OutboxId>().nullable() }),
    sql`WITH ${manualChangeCtes(sql`subscriptions.id = ${subscriptionId}::uuid AND ${stillAdministrator(admin)}`, change)},
        ${mails},
        audited AS (
          SELECT changed.id AS target_id, ${image('standing')} AS before, ${image('changed')} AS after
          FROM standing JOIN changed ON changed.id = standing.id
        ),
        ${auditCte(actorOf(admin), { action, targetType: 'subscription' })}
        SELECT EXISTS (SELECT FROM changed) AS changed, (SELECT id FROM mails) AS mail_id FROM standing`,
  );

/** One subscription, whosever it is. */
export const subscriptionById = (subscriptionId: SubscriptionId, settings: AccessSettings) =>
  statement(
    subscriptionRow,
    sql`SELECT ${subscriptionColumns(settings)}
        FROM subscriptions AS s LEFT JOIN plans ON plans.id = s.plan_id WHERE s.id = ${subscriptionId}::uuid`,
  );

/**
 * Whether the administrator still is one. For the end of a batch after which something happens that no statement can
 * undo: behind all that the batch had to wait for.
 */
export const askAgain = (admin: Administrator) =>
  statement(z.object({ allowed: z.boolean() }), sql`SELECT ${stillAdministrator(admin)} AS allowed`);

/** One subscription as the audit log keeps it. */
export const auditImage = (subscriptionId: SubscriptionId) =>
  statement(
    z.object({ image: z.record(z.string(), z.unknown()) }),
    sql`SELECT ${image('subscriptions')} AS image FROM subscriptions WHERE id = ${subscriptionId}::uuid`,
  );

/**
 * The audit row of an end at the provider, to stand with the state that it led to. Once: there is one end, whoever
 * asks for it again.
 */
export const auditEnd = (
  admin: Administrator,
  subscriptionId: SubscriptionId,
  before: Readonly<Record<string, unknown>>,
) =>
  statement(
    done,
    sql`WITH audited AS (
          SELECT id AS target_id, ${JSON.stringify(before)}::jsonb AS before, ${image('subscriptions')} AS after
          FROM subscriptions
          WHERE id = ${subscriptionId}::uuid AND NOT EXISTS (
            SELECT FROM admin_audit_logs WHERE target_type = 'subscription' AND target_id = ${subscriptionId} AND action = ${END_ACTION})
        ),
        ${auditCte(actorOf(admin), { action: END_ACTION, targetType: 'subscription' })}
        SELECT 1 AS done FROM audited`,
  );
