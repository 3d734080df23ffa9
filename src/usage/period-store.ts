import { type SQL, sql } from 'drizzle-orm';
import { planInForce } from '../billing/plan-in-force.ts';
import type { UsageDeps } from './ports.ts';

/** Calendar months are UTC's, wherever the database is. */
const MONTH = sql.raw(`date_trunc('month', now() AT TIME ZONE 'UTC')`);

/**
 * `in_force`: of the account whose id is `owner`, the plan it has at this moment and the period that counts, in one
 * row; none for an owner of null. The period is the subscription's, as its row has it; without a subscription, or
 * under one that has no end, the calendar month.
 */
export const inForceCte = (owner: SQL, settings: UsageDeps['settings']): SQL => sql`
  in_force AS (
    SELECT users.id AS user_id, plan.*,
           CASE WHEN ${HAS_PERIOD} THEN plan.current_period_start ELSE ${MONTH} AT TIME ZONE 'UTC' END AS period_start,
           CASE WHEN ${HAS_PERIOD} THEN plan.current_period_end
                ELSE (${MONTH} + interval '1 month') AT TIME ZONE 'UTC' END AS period_end
    FROM users, LATERAL (${planInForce(sql`users.id`, settings)}) AS plan
    WHERE users.id = ${owner}
  )`;

const HAS_PERIOD = sql.raw(`plan.current_period_start IS NOT NULL AND plan.current_period_end IS NOT NULL`);
