-- What people and models may ask in SQL of their own: these views, and nothing else. `tollgate_reader` is the role that
-- such a query runs as; it can read the views and no more. `tollgate_asker` may have `reporting.run` run one, and has no
-- other right: whoever migrates is in it, and so is the login of AI_DATABASE_URL.
-- Roles belong to the whole cluster, and databases in it may be migrated at the same time.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['tollgate_reader', 'tollgate_asker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database's migration was faster
      END;
    END IF;
  END LOOP;
  -- A superuser needs no membership. Since PostgreSQL 16 the maker of a role may do little with it until told so.
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    IF current_setting('server_version_num')::int >= 160000 THEN
      EXECUTE 'GRANT tollgate_reader TO CURRENT_USER WITH SET TRUE, INHERIT FALSE';
      EXECUTE 'GRANT tollgate_asker TO CURRENT_USER WITH INHERIT TRUE';
    ELSE
      EXECUTE 'GRANT tollgate_reader, tollgate_asker TO CURRENT_USER';
    END IF;
  END IF;
END
$$;
--> statement-breakpoint
CREATE SCHEMA reporting;
--> statement-breakpoint
REVOKE ALL ON SCHEMA reporting FROM PUBLIC;
--> statement-breakpoint
GRANT USAGE ON SCHEMA reporting TO tollgate_reader, tollgate_asker;
--> statement-breakpoint
CREATE VIEW reporting.plans AS
SELECT id, code, name, tier, price_cents, currency, billing_period, trial_days, max_items, max_secondary, api_access,
       is_active, created_at
FROM public.plans;
--> statement-breakpoint
-- The same judgement as the service's own (billing/access.ts), which it is held to by a test. How long a failed renewal
-- leaves the access alone is configured there, and handed on for the time of a query.
CREATE VIEW reporting.subscriptions AS
SELECT s.id, s.user_id, users.email AS user_email, plans.code AS plan_code, plans.name AS plan_name, plans.tier AS plan_tier,
       plans.price_cents, plans.currency, plans.billing_period, s.status, s.provider, s.started_at, s.current_period_start,
       s.current_period_end, s.cancel_at_period_end, s.canceled_at, s.ended_at, s.trial_end, s.past_due_since,
       s.plan_id IS NOT NULL AND s.suspended_at IS NULL AND CASE
         WHEN s.status IN ('trialing', 'active') THEN
           s.current_period_end IS NULL
           OR s.current_period_end > now()
           OR (NOT s.cancel_at_period_end AND s.provider <> 'manual' AND s.current_period_end + interval '24 hours' > now())
         WHEN s.status = 'past_due' THEN
           coalesce(s.past_due_since, s.current_period_start, s.started_at) + make_interval(secs =>
             coalesce(nullif(current_setting('tollgate.billing_grace_period', true), ''), '604800')::int) > now()
         ELSE false
       END AS has_access
FROM public.subscriptions AS s
LEFT JOIN public.plans ON plans.id = s.plan_id
LEFT JOIN public.users ON users.id = s.user_id;
--> statement-breakpoint
CREATE VIEW reporting.users AS
SELECT users.id, users.email, users.username, users.provider, users.is_active, users.is_verified, users.is_admin,
       coalesce((
         SELECT s.plan_code FROM reporting.subscriptions AS s WHERE s.user_id = users.id AND s.has_access
         ORDER BY array_position(ARRAY['free', 'pro', 'enterprise'], s.plan_tier) DESC, s.started_at DESC LIMIT 1
       ), 'free') AS plan_code,
       users.external_platform, users.created_at
FROM public.users;
--> statement-breakpoint
CREATE VIEW reporting.payments AS
SELECT p.id, p.user_id, users.email AS user_email, p.subscription_id, plans.code AS plan_code, p.provider,
       p.provider_invoice_id, p.amount_cents, p.refunded_cents, p.currency, p.status, p.attempt_count, p.dispute_status,
       p.created_at, p.paid_at
FROM public.payments AS p
LEFT JOIN public.users ON users.id = p.user_id
LEFT JOIN public.subscriptions AS s ON s.id = p.subscription_id
LEFT JOIN public.plans ON plans.id = s.plan_id;
--> statement-breakpoint
CREATE VIEW reporting.usage AS
SELECT c.user_id, users.email AS user_email, c.metric, c.period_start, c.period_end, c.used
FROM public.usage_counters AS c
JOIN public.users ON users.id = c.user_id;
--> statement-breakpoint
GRANT SELECT ON reporting.plans, reporting.subscriptions, reporting.users, reporting.payments, reporting.usage TO tollgate_reader;
--> statement-breakpoint
-- What the schema route and a language model are told; nobody else reads it.
DO $$
DECLARE
  line text[];
BEGIN
  FOREACH line SLICE 1 IN ARRAY ARRAY[
    ['plans', '', 'What can be bought, also what is not sold any more. One row a plan.'],
    ['plans', 'code', 'Short stable name, such as free, pro, enterprise.'],
    ['plans', 'tier', 'free, pro or enterprise.'],
    ['plans', 'price_cents', 'Price of a period in minor units of the currency, net.'],
    ['plans', 'currency', 'ISO 4217, upper case.'],
    ['plans', 'billing_period', 'monthly or yearly.'],
    ['plans', 'trial_days', 'Days of the free trial; 0 for none.'],
    ['plans', 'max_items', 'How many items a period allows; -1 is unlimited.'],
    ['plans', 'max_secondary', 'How much of the second metric a period allows; -1 is unlimited.'],
    ['plans', 'api_access', 'Whether API keys may be used.'],
    ['plans', 'is_active', 'Whether it is sold now.'],
    ['subscriptions', '', 'Every subscription there ever was, one row each; those that grant access now have has_access.'],
    ['subscriptions', 'user_id', 'users.id; null once the account is deleted.'],
    ['subscriptions', 'user_email', 'Address of the user; null once the account is deleted.'],
    ['subscriptions', 'plan_code', 'plans.code; null for a price that belongs to no plan.'],
    ['subscriptions', 'price_cents', 'What the plan costs now, in minor units; what was paid stands in payments.'],
    ['subscriptions', 'status', 'incomplete, incomplete_expired, trialing, active, past_due, canceled, unpaid, paused or unknown, as the provider last told.'],
    ['subscriptions', 'provider', 'stripe, or manual for one that an administrator granted.'],
    ['subscriptions', 'current_period_end', 'When the paid period ends; null for one without an end.'],
    ['subscriptions', 'cancel_at_period_end', 'Whether it is cancelled and ends with its period.'],
    ['subscriptions', 'canceled_at', 'When it was cancelled.'],
    ['subscriptions', 'ended_at', 'When it ended; null while it goes on.'],
    ['subscriptions', 'trial_end', 'When the trial ends or ended.'],
    ['subscriptions', 'past_due_since', 'Since when a renewal is not paid.'],
    ['subscriptions', 'has_access', 'Whether it grants access at this moment.'],
    ['users', '', 'One row an account.'],
    ['users', 'email', 'Lower case.'],
    ['users', 'provider', 'How the account was made: local, google or github.'],
    ['users', 'is_active', 'False once deactivated.'],
    ['users', 'is_verified', 'Whether the mailbox is proven.'],
    ['users', 'is_admin', 'Whether it is an administrator.'],
    ['users', 'plan_code', 'The plan that the account has at this moment: that of the subscription that grants access, else free.'],
    ['users', 'external_platform', 'The platform that made the account; null for one that registered.'],
    ['users', 'created_at', 'When it registered.'],
    ['payments', '', 'One row an invoice with something to pay.'],
    ['payments', 'user_id', 'users.id; null once the account is deleted.'],
    ['payments', 'subscription_id', 'subscriptions.id; null when unknown.'],
    ['payments', 'plan_code', 'The plan that the subscription has now.'],
    ['payments', 'amount_cents', 'Minor units of the currency: 1900 is 19.00.'],
    ['payments', 'refunded_cents', 'What was given back of it, also in part.'],
    ['payments', 'status', 'pending, failed, succeeded or refunded.'],
    ['payments', 'attempt_count', 'How often it was tried to collect it.'],
    ['payments', 'dispute_status', 'What became of a dispute; null where there was none.'],
    ['payments', 'paid_at', 'When it was paid; null while it is not.'],
    ['usage', '', 'What was used: one row a user, metric and period.'],
    ['usage', 'metric', 'What is counted, such as items or secondary.'],
    ['usage', 'period_start', 'Beginning of the period: of the subscription, or the calendar month.'],
    ['usage', 'period_end', 'End of the period.'],
    ['usage', 'used', 'Sum of what was reported in the period.']
  ] LOOP
    IF line[2] = '' THEN
      EXECUTE format('COMMENT ON VIEW reporting.%I IS %L', line[1], line[3]);
    ELSE
      EXECUTE format('COMMENT ON COLUMN reporting.%I.%I IS %L', line[1], line[2], line[3]);
    END IF;
  END LOOP;
END
$$;
