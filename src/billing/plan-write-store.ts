import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { auditCte } from '../audit/audit.ts';
import { type Administrator, actorOf, stillAdministrator } from '../auth/administrator.ts';
import { statement } from '../db/client.ts';
import { id } from '../db/rows.ts';
import type { BillingTaskId } from '../ids.ts';
import type { PricedPlan } from './plan-store.ts';
import type { PlanChange, PlanTerms } from './plan-terms.ts';
import type { Price } from './ports.ts';
import { PLAN_COLUMNS, type Plan, planRow } from './store.ts';
import { tasksCte } from './task-store.ts';

/** A price as it was made at a provider. */
export type MadePrice = Price & { readonly provider: string; readonly id: string };

/** A plan as it became, and what there is to be done at the provider for it. */
const changedRow = z.object({ plan: planRow, tasks: z.array(id<BillingTaskId>()) });

const TASKS = sql`coalesce((SELECT jsonb_agg(tasks.id) FROM tasks), '[]')`;

/** The same for an administrator: one row, without a plan where nothing was written, `allowed` to whoever still is one. */
const actedRow = z.object({
  allowed: z.boolean(),
  plan: planRow.nullable(),
  tasks: z.array(id<BillingTaskId>()),
});

/** Asked again where it is written: since the guard the provider was asked, which takes its time. */
const verdictCte = (admin: Administrator): SQL =>
  sql`verdict AS (SELECT ${stillAdministrator(admin)} AS allowed)`;

const acted = (tasks: SQL): SQL => sql`
  SELECT verdict.allowed, to_jsonb(changed) AS plan, ${tasks} AS tasks FROM verdict LEFT JOIN changed ON true`;

/** A new plan with its price. No plan when the code is taken. */
export const insertPlan = (terms: PlanTerms, price: MadePrice | null, admin: Administrator) =>
  statement(
    actedRow,
    sql`WITH ${verdictCte(admin)},
        changed AS (
          INSERT INTO plans (name, code, price_cents, currency, billing_period, tier, trial_days,
                             max_items, max_secondary, api_access)
          SELECT ${terms.name}, ${terms.code}, ${terms.priceCents}::int, ${terms.currency}, ${terms.billingPeriod},
                 ${terms.tier}, ${terms.trialDays}::int, ${terms.limits.maxItems}::int,
                 ${terms.limits.maxSecondary}::int, ${terms.limits.apiAccess}::boolean
          FROM verdict WHERE allowed
          ON CONFLICT (code) DO NOTHING
          RETURNING ${PLAN_COLUMNS}
        ),
        new_price AS (${insertPrice(price, sql``)}),
        audited AS (SELECT id AS target_id, NULL::jsonb AS before, ${wirePlan('changed')} AS after FROM changed),
        ${auditCte(actorOf(admin), { action: 'plan.create', targetType: 'plan' })}
        ${acted(sql`'[]'::jsonb`)}`,
  );

/**
 * Changes the named fields of a plan and no other. Behind {@link lockPlan}. No plan when it has another price by
 * now than the change was made for, or is deleted. A renaming that is still to be done at the provider gives way to a
 * later one, or the two might be done in the wrong order.
 *
 * @param price what takes the place of the present one: null for a plan that costs nothing any more
 */
export const savePlan = (
  { plan, currentPriceId }: PricedPlan,
  { limits, ...change }: PlanChange,
  provider: string | null,
  price: MadePrice | null | 'as it is',
  admin: Administrator,
) => {
  const made = price === 'as it is' ? null : price;
  return statement(
    actedRow,
    sql`WITH ${verdictCte(admin)},
        standing AS (
          SELECT ${PLAN_COLUMNS} FROM plans
          WHERE (SELECT allowed FROM verdict) AND id = ${plan.id} AND is_active AND ${costs(plan)}
            AND (SELECT provider_price_id FROM plan_prices
                 WHERE plan_id = plans.id AND provider = ${provider}::text AND archived_at IS NULL)
                IS NOT DISTINCT FROM ${currentPriceId}::text
        ),
        changed AS (
          UPDATE plans SET
            name = coalesce(${change.name ?? null}, plans.name),
            price_cents = coalesce(${change.priceCents ?? null}::int, plans.price_cents),
            currency = coalesce(${change.currency ?? null}, plans.currency),
            billing_period = coalesce(${change.billingPeriod ?? null}, plans.billing_period),
            tier = coalesce(${change.tier ?? null}, plans.tier),
            trial_days = coalesce(${change.trialDays ?? null}::int, plans.trial_days),
            max_items = coalesce(${limits?.maxItems ?? null}::int, plans.max_items),
            max_secondary = coalesce(${limits?.maxSecondary ?? null}::int, plans.max_secondary),
            api_access = coalesce(${limits?.apiAccess ?? null}::boolean, plans.api_access)
          FROM standing WHERE plans.id = standing.id
          RETURNING ${PLAN_COLUMNS}
        ),
        ${archivePricesCte(price !== 'as it is')},
        new_price AS (
          ${insertPrice(made, sql`, (SELECT count(*) FROM old_prices) AS archived_before`)}
        ),
        renamed AS (
          SELECT changed.code, changed.name FROM standing, changed
          WHERE changed.name <> standing.name
            AND (${made !== null} OR EXISTS (SELECT FROM plan_prices WHERE plan_id = changed.id))
        ),
        overtaken AS (
          UPDATE billing_tasks SET status = 'done' FROM renamed
          WHERE status = 'pending' AND kind = 'rename_product' AND payload->>'code' = renamed.code
        ),
        due_tasks AS (${ARCHIVE_TASKS} UNION ALL ${RENAME_TASK}),
        ${tasksCte()},
        ${changeAudit(admin, 'plan.update')}
        ${acted(TASKS)}`,
  );
};

/** Takes a plan off sale, with its price. Behind {@link lockPlan}. No plan when it is deleted already. */
export const removePlan = ({ id: planId }: Plan, admin: Administrator) =>
  statement(
    actedRow,
    sql`WITH ${verdictCte(admin)},
        standing AS (
          SELECT ${PLAN_COLUMNS} FROM plans WHERE (SELECT allowed FROM verdict) AND id = ${planId} AND is_active
        ),
        changed AS (
          UPDATE plans SET is_active = false FROM standing WHERE plans.id = standing.id RETURNING ${PLAN_COLUMNS}
        ),
        ${archivePricesCte(true)},
        due_tasks AS (${ARCHIVE_TASKS}),
        ${tasksCte()},
        ${changeAudit(admin, 'plan.delete')}
        ${acted(TASKS)}`,
  );

/**
 * The first price of a plan that was not sold before. Behind {@link lockPlan}. Nothing happens when somebody else was
 * quicker, or when the plan costs something else by now or is deleted.
 */
export const insertFirstPrice = (plan: Plan, price: MadePrice) =>
  statement(
    changedRow,
    sql`WITH changed AS (SELECT ${PLAN_COLUMNS} FROM plans WHERE id = ${plan.id} AND is_active AND ${costs(plan)}),
        new_price AS (${insertPrice(price, sql``)} ON CONFLICT DO NOTHING),
        renamed AS (SELECT code, name FROM changed WHERE name <> ${plan.name}),
        due_tasks AS (${RENAME_TASK}),
        ${tasksCte()}
        SELECT to_jsonb(changed) AS plan, ${TASKS} AS tasks FROM changed`,
  );

const costs = ({ priceCents, currency, billingPeriod }: Price): SQL =>
  sql`(plans.price_cents = ${priceCents} AND plans.currency = ${currency} AND plans.billing_period = ${billingPeriod})`;

/** `old_prices`: the prices of the plan of `changed` that are sold no more from now on. */
const archivePricesCte = (doIt: boolean): SQL => sql`
  old_prices AS (
    UPDATE plan_prices SET archived_at = now() FROM changed
    WHERE plan_prices.plan_id = changed.id AND plan_prices.archived_at IS NULL AND ${doIt}
    RETURNING plan_prices.provider_price_id
  )`;

const ARCHIVE_TASKS = sql`
  SELECT 'archive_price' AS kind, jsonb_build_object('price_id', provider_price_id) AS payload,
         'archive_price:' || provider_price_id AS dedupe_key
  FROM old_prices`;

/** Each renaming is an act of its own, also one back to a former name. */
const RENAME_TASK = sql`
  SELECT 'rename_product' AS kind, jsonb_build_object('code', code, 'name', name) AS payload,
         'rename_product:' || code || ':' || gen_random_uuid() AS dedupe_key
  FROM renamed`;

/** @param after what has to be done first: there is one current price a plan */
const insertPrice = (price: MadePrice | null, after: SQL): SQL =>
  price
    ? sql`INSERT INTO plan_prices (plan_id, provider, provider_price_id, price_cents, currency, billing_period)
          SELECT changed.id, ${price.provider}, ${price.id}, ${price.priceCents}::int, ${price.currency}, ${price.billingPeriod}
          FROM changed${after}`
    : sql`SELECT`;

const changeAudit = (admin: Administrator, action: 'plan.update' | 'plan.delete'): SQL => sql`
  audited AS (
    SELECT changed.id AS target_id, ${wirePlan('standing')} AS before, ${wirePlan('changed')} AS after
    FROM standing, changed WHERE to_jsonb(standing) <> to_jsonb(changed)
  ),
  ${auditCte(actorOf(admin), { action, targetType: 'plan' })}`;

/** A row with the columns of `plans` as the wire has it. */
function wirePlan(row: 'standing' | 'changed'): SQL {
  const plan = sql.identifier(row);
  return sql`jsonb_build_object(
    'id', ${plan}.id, 'name', ${plan}.name, 'code', ${plan}.code, 'price_cents', ${plan}.price_cents,
    'currency', ${plan}.currency, 'billing_period', ${plan}.billing_period, 'tier', ${plan}.tier,
    'is_active', ${plan}.is_active, 'trial_days', ${plan}.trial_days,
    'limits', jsonb_build_object('max_items', ${plan}.max_items, 'max_secondary', ${plan}.max_secondary,
                                 'api_access', ${plan}.api_access))`;
}
