import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { done, id } from '../db/rows.ts';
import type { BillingTaskId, OutboxId } from '../ids.ts';
import { keyedMailsCte } from '../mail/outbox.ts';
import type { Settings } from '../settings.ts';
import { grantsAccess } from './access.ts';
import type { DisputeState, ProviderSubscription } from './ports.ts';
import { type Fact, type PaymentState, pastDueSince } from './rules.ts';
import { subscriptionColumns, subscriptionRow } from './store.ts';
import { tasksCte } from './task-store.ts';

/** Which subscription, under which fence. */
export type Target = {
  readonly provider: string;
  readonly subscriptionId: string;
  readonly fence: number;
};

/** Statuses from which there is no way back. */
const TERMINAL = sql.raw(`('canceled', 'incomplete_expired')`);

/** Statuses in which a subscription is paid for, so that a second one beside it is one too many. */
const RUNNING = sql.raw(`('trialing', 'active', 'past_due')`);

const ofTarget = ({ provider, subscriptionId }: Omit<Target, 'fence'>): SQL =>
  sql`s.provider = ${provider} AND s.provider_subscription_id = ${subscriptionId}`;

/** Whether a user is, or was, the customer of that id: the one thing that makes somebody an owner. */
const isCustomer = (customerId: string | null): SQL => sql`(
  users.stripe_customer_id = ${customerId}
  OR users.id = (SELECT user_id FROM former_customers WHERE customer_id = ${customerId}))`;

/**
 * Locks the user whose subscription it is, so that what belongs together is judged by one at a time. Comes before
 * the others in their batch: each of those then sees what the last one wrote.
 */
export const lockOwner = (target: Omit<Target, 'fence'>, customerId: string | null) =>
  statement(
    done,
    sql`SELECT 1 AS done FROM users
        WHERE users.id = (SELECT s.user_id FROM subscriptions AS s WHERE ${ofTarget(target)})
           OR ${isCustomer(customerId)}
        ORDER BY users.id FOR NO KEY UPDATE`,
  );

/**
 * Writes what the provider told, unless something fetched later is there already, or the end of it. The owner is
 * whoever has the customer's id, or had when the row was made; the plan is the price's. What changes hands with it,
 * a cancellation or another plan, is written as a mail in the same statement, because only here both are known.
 */
export const applySubscription = (target: Target, state: ProviderSubscription) =>
  statement(
    z.object({ id: id<OutboxId>() }),
    sql`WITH prev AS (
          SELECT s.*, plans.name AS plan_name
          FROM subscriptions AS s LEFT JOIN plans ON plans.id = s.plan_id WHERE ${ofTarget(target)}
        ),
        owner AS (
          SELECT id, email, username FROM users
          WHERE id = (SELECT user_id FROM prev)
             OR (${isCustomer(state.customerId)} AND NOT EXISTS (SELECT FROM prev WHERE user_id IS NOT NULL))
        ),
        plan AS (
          SELECT plans.id, plans.name FROM plans
          WHERE plans.id = (SELECT plan_id FROM plan_prices
                            WHERE provider = ${target.provider} AND provider_price_id = ${state.priceId})
             OR (${target.provider} = 'manual' AND plans.id = (SELECT plan_id FROM prev))
        ),
        applied AS (
          INSERT INTO subscriptions AS s (
            user_id, plan_id, status, provider, provider_subscription_id, provider_customer_id, provider_price_id,
            started_at, current_period_start, current_period_end, cancel_at_period_end, canceled_at, ended_at,
            trial_end, past_due_since, checkout_intent_id, applied_fence, synced_at)
          SELECT
            (SELECT id FROM owner), (SELECT id FROM plan), ${state.status}, ${target.provider},
            ${target.subscriptionId}, ${state.customerId}, ${state.priceId},
            ${at(state.startedAt)}, ${at(state.currentPeriodStart)}, ${at(state.currentPeriodEnd)},
            ${state.cancelAtPeriodEnd}::boolean, ${at(state.canceledAt)}, ${at(state.endedAt)},
            ${at(state.trialEnd)}, ${at(pastDueSince(state))},
            (SELECT checkout_intents.id FROM checkout_intents JOIN owner ON owner.id = checkout_intents.user_id
             WHERE checkout_intents.id = ${state.checkoutIntentId}::uuid),
            ${target.fence}::bigint, now()
          WHERE EXISTS (SELECT FROM owner) OR EXISTS (SELECT FROM prev)
          ON CONFLICT (provider, provider_subscription_id) DO UPDATE SET
            user_id = coalesce(s.user_id, excluded.user_id),
            plan_id = excluded.plan_id,
            status = excluded.status,
            provider_customer_id = excluded.provider_customer_id,
            provider_price_id = excluded.provider_price_id,
            started_at = excluded.started_at,
            current_period_start = excluded.current_period_start,
            current_period_end = excluded.current_period_end,
            cancel_at_period_end = excluded.cancel_at_period_end,
            canceled_at = excluded.canceled_at,
            ended_at = excluded.ended_at,
            trial_end = excluded.trial_end,
            past_due_since = CASE WHEN excluded.status = 'past_due'
              THEN coalesce(s.past_due_since, excluded.past_due_since) END,
            checkout_intent_id = coalesce(s.checkout_intent_id, excluded.checkout_intent_id),
            applied_fence = excluded.applied_fence,
            synced_at = excluded.synced_at
          WHERE s.applied_fence < excluded.applied_fence
            AND (s.status NOT IN ${TERMINAL} OR excluded.status IN ${TERMINAL})
          RETURNING s.*
        ),
        letters AS (
          SELECT owner.id AS user_id, told.kind, owner.email AS recipient, told.dedupe_key,
                 jsonb_build_object('username', owner.username, 'plan_name', coalesce(plan.name, prev.plan_name),
                                    'old_plan_name', prev.plan_name, 'period_end', applied.current_period_end) AS payload
          FROM applied LEFT JOIN prev ON true LEFT JOIN plan ON true, owner, LATERAL (
            SELECT 'subscription_canceled' AS kind,
                   'subscription_canceled:' || applied.id || ':' || coalesce(extract(epoch FROM applied.canceled_at), 0)
                     AS dedupe_key
            WHERE applied.cancel_at_period_end AND NOT coalesce(prev.cancel_at_period_end, false)
              AND applied.status NOT IN ${TERMINAL}
            UNION ALL
            SELECT 'subscription_changed', 'subscription_changed:' || applied.id || ':' || applied.applied_fence
            WHERE prev.plan_id <> applied.plan_id AND applied.status NOT IN ${TERMINAL}
          ) AS told
          WHERE coalesce(plan.name, prev.plan_name) IS NOT NULL
        ),
        ${keyedMailsCte()}
        SELECT id FROM mails`,
  );

/** How far a payment has come: what is late can't take it back. */
const rank = (status: SQL) =>
  sql`array_position(ARRAY['pending', 'failed', 'succeeded', 'refunded'], ${status})`;

/** Writes the payments of a subscription that is known. Money that came back stays back, whoever tells of it last. */
export const applyPayments = (target: Target, payments: readonly PaymentState[]) =>
  statement(
    done,
    sql`INSERT INTO payments AS p (
          subscription_id, user_id, provider, provider_invoice_id, amount_cents, currency, status, attempt_count,
          refunded_cents, paid_at, created_at)
        SELECT s.id, s.user_id, s.provider, told.invoice_id, told.amount_cents, told.currency, told.status,
               told.attempt_count, told.refunded_cents, told.paid_at, told.created_at
        FROM subscriptions AS s, jsonb_to_recordset(${JSON.stringify(payments)}::jsonb) AS told(
          invoice_id text, amount_cents int, currency text, status text, attempt_count int, refunded_cents int,
          paid_at timestamptz, created_at timestamptz)
        WHERE ${ofTarget(target)}
        ORDER BY told.invoice_id
        ON CONFLICT (provider, provider_invoice_id) DO UPDATE SET
          user_id = coalesce(p.user_id, excluded.user_id),
          subscription_id = coalesce(p.subscription_id, excluded.subscription_id),
          amount_cents = CASE WHEN ${rank(sql`excluded.status`)} >= ${rank(sql`p.status`)}
            THEN excluded.amount_cents ELSE p.amount_cents END,
          status = CASE WHEN ${rank(sql`excluded.status`)} > ${rank(sql`p.status`)} THEN excluded.status ELSE p.status END,
          attempt_count = greatest(p.attempt_count, excluded.attempt_count),
          refunded_cents = greatest(p.refunded_cents, excluded.refunded_cents),
          paid_at = coalesce(p.paid_at, excluded.paid_at)`,
  );

/** Notes how a dispute stands. One that has an end keeps it, however late word of its beginning is. */
export const noteDispute = (target: Target, invoiceId: string | null, dispute: DisputeState | null) =>
  statement(
    done,
    sql`UPDATE payments SET dispute_status = ${dispute}
        WHERE provider = ${target.provider} AND provider_invoice_id = ${invoiceId}::text AND ${dispute}::text IS NOT NULL
          AND coalesce(dispute_status, 'open') = 'open'`,
  );

/** Takes the access away while money is disputed, or was lost that way and not paid again since; and gives it back. */
export const suspendWhileDisputed = (target: Target) =>
  statement(
    done,
    sql`UPDATE subscriptions AS s
        SET suspended_at = CASE WHEN s.suspended_at IS NULL THEN now() END
        WHERE ${ofTarget(target)} AND (s.suspended_at IS NULL) = EXISTS (
          SELECT FROM payments WHERE payments.subscription_id = s.id AND (
            payments.dispute_status = 'open' OR (payments.dispute_status = 'lost' AND NOT EXISTS (
              SELECT FROM payments AS later
              WHERE later.subscription_id = s.id AND later.status = 'succeeded' AND later.created_at > payments.created_at
                AND coalesce(later.dispute_status, 'won') = 'won'))))`,
  );

/**
 * What follows from a subscription as it now stands: its checkout is over, its trial is used up, the one that it was
 * bought in place of ends. One that was bought although there was another is one too many: of the two the later is
 * undone, or the one that isn't paid; and so is a payment that came in after the end of what it was for. What was not bought here (made by hand at Stripe) or stands beside a granted one
 * is not touched, a person is told.
 */
export const settle = (target: Target) =>
  statement(
    z.object({ id: id<BillingTaskId>() }),
    sql`WITH target AS (
          SELECT s.*, intent.replaces_subscription_id, intent.trial_subject
          FROM subscriptions AS s LEFT JOIN checkout_intents AS intent ON intent.id = s.checkout_intent_id
          WHERE ${ofTarget(target)} AND s.applied_fence = ${target.fence}::bigint
        ),
        completed AS (
          UPDATE checkout_intents SET status = 'completed' FROM target
          WHERE checkout_intents.id = target.checkout_intent_id AND target.status <> 'incomplete'
            AND checkout_intents.status <> 'completed'
        ),
        trial AS (
          INSERT INTO trial_uses (subject, user_id)
          SELECT trial_subject, user_id FROM target WHERE trial_subject IS NOT NULL AND trial_end IS NOT NULL
          ON CONFLICT DO NOTHING
        ),
        rival AS (
          SELECT s.* FROM subscriptions AS s, target
          WHERE s.user_id = target.user_id AND s.id <> target.id AND s.replaced_by IS NULL
            AND s.status IN ${RUNNING} AND target.status IN ${RUNNING} AND target.replaced_by IS NULL
            AND (s.provider = 'manual' AND s.current_period_end <= now()) IS NOT TRUE
        ),
        replaced AS (
          UPDATE subscriptions AS s SET replaced_by = target.id FROM target, rival
          WHERE s.id = rival.id AND s.id = target.replaces_subscription_id AND target.status <> 'past_due'
          RETURNING s.id, s.provider, s.provider_subscription_id
        ),
        side AS (
          SELECT id, user_id, provider, provider_subscription_id, checkout_intent_id, started_at,
                 status = 'past_due' AS unpaid
          FROM rival WHERE id NOT IN (SELECT id FROM replaced)
          UNION ALL
          SELECT id, user_id, provider, provider_subscription_id, checkout_intent_id, started_at, status = 'past_due'
          FROM target
        ),
        pair AS (
          SELECT double.*, keep.id AS kept, keep.provider_subscription_id AS kept_subscription,
                 double.checkout_intent_id IS NOT NULL AND keep.checkout_intent_id IS NOT NULL AS needless
          FROM target, side AS double, side AS keep
          WHERE target.id IN (double.id, keep.id)
            AND (keep.unpaid, keep.started_at, keep.provider_subscription_id)
              < (double.unpaid, double.started_at, double.provider_subscription_id)
        ),
        undone AS (
          UPDATE subscriptions AS s SET replaced_by = one.kept
          FROM (SELECT DISTINCT ON (id) id, kept FROM pair WHERE needless ORDER BY id, kept) AS one
          WHERE s.id = one.id
          RETURNING s.id, s.provider, s.provider_subscription_id
        ),
        paid_too_late AS (
          SELECT target.* FROM target
          WHERE target.status IN ${TERMINAL} AND target.checkout_intent_id IS NOT NULL AND target.replaced_by IS NULL AND EXISTS (
            SELECT FROM payments
            WHERE payments.subscription_id = target.id AND payments.status = 'succeeded'
              AND payments.paid_at >= target.ended_at)
        ),
        alert AS (
          INSERT INTO billing_alerts (kind, user_id, details, dedupe_key)
          SELECT 'unknown_price', user_id,
                 jsonb_build_object('subscription', provider_subscription_id, 'price', provider_price_id),
                 'unknown_price:' || provider_subscription_id || ':' || coalesce(provider_price_id, '')
          FROM target WHERE plan_id IS NULL AND status IN ${RUNNING}
          UNION ALL
          SELECT 'paid_after_end', user_id, jsonb_build_object('subscription', provider_subscription_id),
                 'paid_after_end:' || provider_subscription_id
          FROM paid_too_late
          UNION ALL
          SELECT CASE WHEN needless THEN 'duplicate_purchase' ELSE 'several_subscriptions' END,
                 user_id,
                 jsonb_build_object('subscription', provider_subscription_id, 'beside', kept_subscription),
                 'double:' || provider_subscription_id || ':' || kept_subscription
          FROM pair
          ON CONFLICT (dedupe_key) DO NOTHING
        ),
        due_tasks AS (
          SELECT 'cancel_at_period_end' AS kind, 'owner_inactive:' || target.provider_subscription_id AS dedupe_key,
                 jsonb_build_object('provider', target.provider, 'subscription_id', target.provider_subscription_id) AS payload
          FROM target JOIN users ON users.id = target.user_id AND NOT users.is_active
          WHERE target.status IN ${RUNNING} AND NOT target.cancel_at_period_end AND target.provider <> 'manual'
          UNION ALL
          SELECT 'end_replaced', 'end_replaced:' || provider_subscription_id,
                 jsonb_build_object('provider', provider, 'subscription_id', provider_subscription_id,
                   'credit', NOT EXISTS (
                     SELECT FROM payments WHERE payments.subscription_id = replaced.id
                       AND (payments.status = 'refunded' OR payments.dispute_status IN ('open', 'lost'))))
          FROM replaced
          UNION ALL
          SELECT 'undo_duplicate', 'undo_duplicate:' || provider_subscription_id,
                 jsonb_build_object('provider', provider, 'subscription_id', provider_subscription_id)
          FROM undone
          UNION ALL
          SELECT 'undo_duplicate', 'undo_duplicate:' || provider_subscription_id,
                 jsonb_build_object('provider', provider, 'subscription_id', provider_subscription_id)
          FROM paid_too_late
        ),
        ${tasksCte()}
        SELECT id FROM tasks`,
  );

/** Kinds that speak of no plan where there is none to name. */
const WITHOUT_PLAN = sql.raw(`('payment_failed', 'payment_action_required', 'payment_refunded')`);

/** Another subscription of the owner of `s` that grants access: whoever has one is on no free plan yet. */
const otherAccess = (settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>): SQL => sql`
  SELECT FROM (SELECT s.user_id, s.id) AS ended
  JOIN subscriptions AS s ON s.user_id = ended.user_id AND s.id <> ended.id AND s.plan_id IS NOT NULL
  WHERE ${grantsAccess(settings)}`;

/**
 * Writes the mails that tell of facts. Of one that another took the place of nothing is told but money: its user
 * hears of the other. Whoever bought a plan in place of another did not start one, but change it; and whoever bought
 * one twice started one, whichever of the two was heard of first.
 */
export const tellFacts = (
  target: Target,
  facts: readonly Fact[],
  settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>,
) =>
  statement(
    z.object({ id: id<OutboxId>() }),
    sql`WITH letters AS (
          SELECT users.id AS user_id, users.email AS recipient, fact.dedupe_key,
                 CASE WHEN fact.kind = 'subscription_started' AND old.id IS NOT NULL
                   THEN 'subscription_changed' ELSE fact.kind END AS kind,
                 jsonb_build_object(
                   'username', users.username, 'plan_name', plans.name, 'old_plan_name', old_plan.name,
                   'amount_cents', coalesce(paid.price_cents, plans.price_cents),
                   'currency', coalesce(paid.currency, plans.currency),
                   'billing_period', coalesce(paid.billing_period, plans.billing_period),
                   'access_until', s.past_due_since + make_interval(secs => ${settings.BILLING_GRACE_PERIOD})
                 ) || fact.payload AS payload
          FROM subscriptions AS s
          JOIN users ON users.id = s.user_id
          LEFT JOIN plans ON plans.id = s.plan_id
          LEFT JOIN plan_prices AS paid ON paid.provider = s.provider AND paid.provider_price_id = s.provider_price_id
          LEFT JOIN checkout_intents AS intent ON intent.id = s.checkout_intent_id
          LEFT JOIN subscriptions AS old ON old.id = intent.replaces_subscription_id
          LEFT JOIN plans AS old_plan ON old_plan.id = old.plan_id,
          jsonb_to_recordset(${JSON.stringify(facts)}::jsonb) AS fact(kind text, dedupe_key text, payload jsonb)
          WHERE ${ofTarget(target)}
            AND (plans.id IS NOT NULL OR fact.kind IN ${WITHOUT_PLAN})
            AND (s.replaced_by IS NULL OR fact.kind = 'payment_refunded')
            AND NOT (fact.kind = 'subscription_ended' AND EXISTS (${otherAccess(settings)}))
            AND NOT (fact.kind = 'subscription_started' AND EXISTS (
              SELECT FROM subscriptions AS twin
              JOIN outbox ON outbox.dedupe_key = 'subscription_started:' || twin.provider_subscription_id
              WHERE twin.user_id = s.user_id AND twin.replaced_by = s.id AND twin.id IS DISTINCT FROM intent.replaces_subscription_id))
        ),
        ${keyedMailsCte()}
        SELECT id FROM mails`,
  );

/** The subscription as it now stands. */
export const applied = (target: Target, settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>) =>
  statement(
    subscriptionRow,
    sql`SELECT ${subscriptionColumns(settings)}
        FROM subscriptions AS s LEFT JOIN plans ON plans.id = s.plan_id WHERE ${ofTarget(target)}`,
  );

/** What the provider doesn't know any more has ended. */
export const bury = (target: Target) =>
  statement(
    done,
    sql`UPDATE subscriptions AS s
        SET status = 'canceled', ended_at = coalesce(s.ended_at, now()), applied_fence = ${target.fence}::bigint, synced_at = now()
        WHERE ${ofTarget(target)} AND s.applied_fence < ${target.fence}::bigint AND s.status NOT IN ${TERMINAL}`,
  );

const at = (instant: Date | null): SQL => sql`${instant?.toISOString() ?? null}::timestamptz`;
