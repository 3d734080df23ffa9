import { sql } from 'drizzle-orm';
import * as z from 'zod';
import type { AccessClaims } from '../auth/ports.ts';
import { sessionStands } from '../auth/session-store.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import type { CheckoutIntentId, SubscriptionId, UserId } from '../ids.ts';
import type { Settings } from '../settings.ts';
import { grantingSubscription, managedSubscription, planRow } from './store.ts';

/** Less than the 24 hours that a session may be open for at most, and that Stripe keeps idempotency keys for. */
const CHECKOUT_TTL_SECONDS = 23 * 3_600;

/** A session about to close is of no use to somebody who has yet to look for a card. */
const CHECKOUT_MARGIN_SECONDS = 10 * 60;

/**
 * For how long an attempt that got no session is gone on with under its own key. Later Stripe may refuse it: it takes no
 * session that has less than half an hour to live, and no other request under the same key, as a newer version of this
 * service might send. Nobody was told the address of what the old attempt may have made.
 */
const UNANSWERED_SECONDS = 10 * 60;

/** `replacement` is bought by somebody who has a subscription, which ends when the new one is paid. */
export type PurchaseKind = 'first' | 'replacement';

export type Purchase = {
  readonly claims: AccessClaims;
  readonly kind: PurchaseKind;
  readonly planCode: string;
  /** Hash of what the request itself says of the session: addresses, promotion code. */
  readonly requestHash: string;
};

/** A plan with the id under which it is sold now; null for one that was never sold. */
export const planForSale = (code: string, provider: string) =>
  statement(
    z
      .object({ plan: planRow, price_id: z.string().nullable() })
      .transform(({ plan, price_id }) => ({ plan, priceId: price_id })),
    sql`SELECT to_jsonb(plans) AS plan, plan_prices.provider_price_id AS price_id
        FROM plans LEFT JOIN plan_prices
          ON plan_prices.plan_id = plans.id AND plan_prices.provider = ${provider} AND plan_prices.archived_at IS NULL
        WHERE plans.code = ${code}`,
  );

/** The one purchase that a user has open. */
export type Intent = z.output<typeof intentRow>;

const intentRow = z
  .object({
    id: id<CheckoutIntentId>(),
    provider_session_id: z.string().nullable(),
    replaces_subscription_id: id<SubscriptionId>().nullable(),
    trial_days: z.number(),
    trial_subject: z.string().nullable(),
    expires_at: instant,
    fits: z.boolean(),
  })
  .transform((row) => ({
    id: row.id,
    sessionId: row.provider_session_id,
    replacesSubscriptionId: row.replaces_subscription_id,
    trialDays: row.trial_days,
    trialSubject: row.trial_subject,
    expiresAt: row.expires_at,
    /** Whether it is this very purchase, and can still be gone on with. Else it has to be closed first. */
    fits: row.fits,
  }));

/**
 * Opens a purchase, or finds the one that is open: of any number at once one inserts and the others get its row. It
 * runs before the account is judged, so it asks itself for everything that the judgement asks; no row where that is
 * not given. The subject of a trial is not known here, see {@link settleTrial}.
 */
export const claimCheckout = (
  { claims, kind, planCode, requestHash }: Purchase,
  intentId: CheckoutIntentId,
  settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>,
) => {
  const replaced = managedSubscription(claims.userId, settings).sql;
  const granting = grantingSubscription(claims.userId, settings).sql;
  const has = {
    first: sql`LEFT JOIN (SELECT NULL::uuid AS id) AS replaced ON true
               WHERE NOT EXISTS (${granting})`,
    replacement: sql`JOIN LATERAL (${replaced}) AS replaced ON true
               WHERE replaced.status IN ('trialing', 'active')
                 AND (replaced.provider = 'manual' OR NOT replaced.cancel_at_period_end)
                 AND replaced.plan ->> 'id' IS DISTINCT FROM plans.id::text`,
  }[kind];
  const trialDays =
    kind === 'first'
      ? sql`CASE WHEN EXISTS (SELECT FROM trial_uses WHERE trial_uses.user_id = users.id) THEN 0 ELSE plans.trial_days END`
      : sql`0`;
  return statement(
    intentRow,
    sql`WITH wanted AS MATERIALIZED (
          SELECT users.id AS user_id, plans.id AS plan_id, replaced.id AS replaces, ${trialDays} AS trial_days,
                 encode(sha256(convert_to(jsonb_build_array(
                   ${requestHash}::text, plans.id, plans.price_cents, plans.currency, plans.billing_period,
                   ${trialDays}, replaced.id)::text, 'UTF8')), 'hex') AS fingerprint
          FROM users
          JOIN plans ON plans.code = ${planCode} AND plans.is_active AND plans.price_cents > 0
          ${has}
            AND users.id = ${claims.userId} AND users.is_active AND users.is_verified AND ${sessionStands(claims)}
        ),
        claimed AS (
          INSERT INTO checkout_intents AS intent
            (id, user_id, plan_id, fingerprint, replaces_subscription_id, trial_days, expires_at)
          SELECT ${intentId}::uuid, user_id, plan_id, fingerprint, replaces, trial_days,
                 now() + make_interval(secs => ${CHECKOUT_TTL_SECONDS})
          FROM wanted
          ON CONFLICT (user_id) WHERE status = 'open' DO UPDATE SET status = intent.status
          RETURNING intent.*
        )
        SELECT claimed.id, claimed.provider_session_id, claimed.replaces_subscription_id, claimed.trial_days,
               claimed.trial_subject, claimed.expires_at,
               claimed.fingerprint = wanted.fingerprint
                 AND claimed.expires_at > now() + make_interval(secs => ${CHECKOUT_MARGIN_SECONDS})
                 AND (claimed.provider_session_id IS NOT NULL
                      OR claimed.created_at > now() - make_interval(secs => ${UNANSWERED_SECONDS})) AS fits
        FROM claimed, wanted`,
  );
};

/**
 * The days of trial that a purchase gives: none where the address had its trial before, under whatever account.
 * Settled once; the session made of it has to be the same however often it is asked for.
 *
 * @param subject keyed hash of the address
 */
export const settleTrial = (intentId: CheckoutIntentId, subject: string) =>
  statement(
    z.object({ trial_days: z.number() }),
    sql`UPDATE checkout_intents AS intent
        SET trial_subject = coalesce(intent.trial_subject, ${subject}),
            trial_days = CASE
              WHEN intent.trial_subject IS NULL AND EXISTS (SELECT FROM trial_uses WHERE subject = ${subject}) THEN 0
              ELSE intent.trial_days
            END
        WHERE id = ${intentId}
        RETURNING trial_days`,
  );

/** The customer that a user is at the provider; what is known already stays. */
export const storeCustomer = (userId: UserId, customerId: string) =>
  statement(
    done,
    sql`UPDATE users SET stripe_customer_id = ${customerId} WHERE id = ${userId} AND stripe_customer_id IS NULL`,
  );

/** Notes the session of a purchase. No row when it is not open any more: something else was begun meanwhile. */
export const keepSession = (intentId: CheckoutIntentId, sessionId: string) =>
  statement(
    done,
    sql`UPDATE checkout_intents SET provider_session_id = ${sessionId}
        WHERE id = ${intentId} AND status = 'open'
        RETURNING 1 AS done`,
  );

/** The purchase that a user has open, if any. */
export const openCheckout = (userId: UserId) =>
  statement(
    z
      .object({ id: id<CheckoutIntentId>(), provider_session_id: z.string().nullable() })
      .transform((row) => ({ id: row.id, sessionId: row.provider_session_id })),
    sql`SELECT id, provider_session_id FROM checkout_intents WHERE user_id = ${userId} AND status = 'open'`,
  );

/** Makes room for another purchase, once nothing can be paid by this one any more. */
export const closeIntent = (intentId: CheckoutIntentId, status: 'completed' | 'expired' | 'superseded') =>
  statement(
    done,
    sql`UPDATE checkout_intents SET status = ${status} WHERE id = ${intentId} AND status = 'open'`,
  );

/** Whom the provider knows a user as; and which minute it is, by which the pages it opens are told apart. */
export const buyer = (userId: UserId) =>
  statement(
    z
      .object({ stripe_customer_id: z.string().nullable(), minute: z.number() })
      .transform(({ stripe_customer_id, minute }) => ({ customerId: stripe_customer_id, minute })),
    sql`SELECT stripe_customer_id, floor(extract(epoch FROM now()) / 60)::int AS minute
        FROM users WHERE id = ${userId}`,
  );
