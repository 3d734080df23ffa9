import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { auditCte, type Origin } from '../audit/audit.ts';
import { toUser, USER_COLUMNS, userColumns } from '../auth/store.ts';
import { MANUAL } from '../billing/manual-store.ts';
import { FREE_PLAN_CODE } from '../billing/plan-terms.ts';
import { statement } from '../db/client.ts';
import { textArray } from '../db/text-array.ts';
import type { ApiKeyId, SubscriptionId, UserId } from '../ids.ts';

/** A store of a platform; it has one account. */
export type Store = { readonly platform: string; readonly storeId: string };

export type Provision = Store & {
  readonly userId: UserId;
  readonly email: string;
  /** The best first. */
  readonly usernames: readonly string[];
  readonly planCode: string | undefined;
  readonly subscriptionId: SubscriptionId;
  readonly key: {
    readonly id: ApiKeyId;
    readonly name: string;
    readonly shownPrefix: string;
    readonly hash: string;
    readonly scopes: readonly string[];
  };
};

/**
 * Makes the account of a store with its subscription, its key and the row of the audit log: all of it or, where the
 * store has one already, something is taken or there is no such plan, nothing. All candidates have the same id, so
 * that the first that breaks no unique index is the only one; whoever is just making the same account is waited for.
 *
 * @param platformUser null for a caller who may not
 */
export const provision = (platformUser: SQL, origin: Origin, one: Provision) =>
  statement(
    z.object({ allowed: z.boolean(), created: z.boolean(), key_made: z.boolean() }),
    sql`WITH platform AS MATERIALIZED (SELECT ${platformUser} AS user_id),
        plan AS (
          SELECT id, code, tier, api_access FROM plans
          WHERE code = ${one.planCode ?? FREE_PLAN_CODE} AND (is_active OR ${one.planCode === undefined}::boolean)
        ),
        account AS (
          INSERT INTO users (id, email, username, external_platform, external_store_id)
          SELECT ${one.userId}::uuid, ${one.email}, candidate.username, ${one.platform}, ${one.storeId}
          FROM platform, plan, unnest(${textArray(one.usernames)}) WITH ORDINALITY AS candidate(username, position)
          WHERE platform.user_id IS NOT NULL
          ORDER BY candidate.position
          ON CONFLICT DO NOTHING
          RETURNING id
        ),
        granted AS (
          INSERT INTO subscriptions (id, user_id, plan_id, status, provider, provider_subscription_id,
                                     started_at, current_period_start)
          SELECT ${one.subscriptionId}::uuid, account.id, plan.id, 'active', ${MANUAL}, ${`${MANUAL}_${one.subscriptionId}`}::text, now(), now()
          FROM account, plan WHERE plan.tier <> 'free'
          RETURNING id
        ),
        key AS (
          INSERT INTO api_keys (id, user_id, name, key_prefix, key_hash, scopes)
          SELECT ${one.key.id}::uuid, account.id, ${one.key.name}, ${one.key.shownPrefix}, ${one.key.hash}, ${textArray(one.key.scopes)}
          FROM account, plan WHERE plan.api_access
          RETURNING id
        ),
        audited AS (
          SELECT account.id AS target_id, NULL::jsonb AS before,
                 jsonb_build_object('external_platform', ${one.platform}::text, 'external_store_id', ${one.storeId}::text,
                                    'plan_code', plan.code, 'subscription_id', (SELECT id FROM granted),
                                    'api_key_id', (SELECT id FROM key)) AS after
          FROM account, plan
        ),
        ${auditCte({ ...origin, adminId: sql`(SELECT user_id FROM platform)` }, { action: 'user.provision', targetType: 'user' })}
        SELECT platform.user_id IS NOT NULL AS allowed, EXISTS (SELECT FROM account) AS created,
               EXISTS (SELECT FROM key) AS key_made
        FROM platform`,
  );

/** The account of a store; to be run after {@link provision} in one batch, so that it is seen whoever made it. */
export const accountOfStore = ({ platform, storeId }: Store) =>
  statement(
    z.object(userColumns).transform(toUser),
    sql`SELECT ${USER_COLUMNS} FROM users WHERE external_platform = ${platform} AND external_store_id = ${storeId}`,
  );

/** What stood in the way of an account that was not made. */
export const obstacles = ({ email, planCode }: Pick<Provision, 'email' | 'planCode'>) =>
  statement(
    z.object({ plan_found: z.boolean(), email_taken: z.boolean() }),
    sql`SELECT ${planCode === undefined}::boolean OR EXISTS (SELECT FROM plans WHERE code = ${planCode ?? null} AND is_active) AS plan_found,
               EXISTS (SELECT FROM users WHERE email = ${email}) AS email_taken`,
  );
