import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { id } from '../db/rows.ts';
import type { SubscriptionId, UserId } from '../ids.ts';

type NewUser = {
  readonly email: string;
  readonly username: string;
  readonly verified: boolean;
  readonly admin: boolean;
  /** SHA-256 of the refresh token that its session begins with, hex. */
  readonly tokenHash: string;
};

/** An account without a password, signed in: no password has to be hashed, and no rate limit is met. */
export const insertUser = ({ email, username, verified, admin, tokenHash }: NewUser) =>
  statement(
    z.object({ id: id<UserId>() }),
    sql`
      WITH account AS (
        INSERT INTO users (email, username, is_verified, is_admin)
        VALUES (lower(${email}), ${username}, ${verified}, ${admin})
        RETURNING id
      ),
      session AS (
        INSERT INTO sessions (user_id, expires_at)
        SELECT id, now() + interval '30 days' FROM account
        RETURNING id, user_id, expires_at
      ),
      token AS (
        INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
        SELECT user_id, id, gen_random_uuid(), ${tokenHash}, expires_at FROM session
      )
      SELECT id FROM account`,
  );

/** What a subscription may be said to be; see {@link SubscriptionOptions} of the kit. */
type NewSubscription = {
  readonly userId: string;
  readonly plan: string;
  readonly status: string;
  readonly days: number;
  readonly cancelAtPeriodEnd: boolean;
};

/** A subscription granted without payment, in its first period. No row for a plan that is not there. */
export const insertSubscription = ({ userId, plan, status, days, cancelAtPeriodEnd }: NewSubscription) =>
  statement(
    z.object({ id: id<SubscriptionId>() }),
    sql`
      INSERT INTO subscriptions (user_id, plan_id, status, provider, provider_subscription_id,
                                 current_period_start, current_period_end, cancel_at_period_end, canceled_at)
      SELECT ${userId}::uuid, plans.id, ${status}, 'manual', 'manual_' || gen_random_uuid(),
             least(now(), now() + make_interval(days => ${days}::int) - interval '30 days'),
             now() + make_interval(days => ${days}::int), ${cancelAtPeriodEnd},
             CASE WHEN ${cancelAtPeriodEnd} THEN now() END
      FROM plans WHERE plans.code = ${plan}
      RETURNING id`,
  );
