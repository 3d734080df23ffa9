-- What a row counts for: under which topic, on which day, as what. One function a table, by the same name.
CREATE FUNCTION tallies_of(one users) RETURNS TABLE (topic text, day date, key text, cents bigint)
LANGUAGE sql STABLE AS $$
  SELECT 'users', (one.created_at AT TIME ZONE 'UTC')::date,
         concat(one.is_active::int, one.is_verified::int, one.is_admin::int, ':', one.provider), 0::bigint
$$;
--> statement-breakpoint
-- A payment that came later counts on the day when it came; what was given back of it does not count as kept.
CREATE FUNCTION tallies_of(one payments) RETURNS TABLE (topic text, day date, key text, cents bigint)
LANGUAGE sql STABLE AS $$
  SELECT 'payments', (coalesce(one.paid_at, one.created_at) AT TIME ZONE 'UTC')::date,
         concat(one.status, ':', one.currency),
         CASE one.status WHEN 'succeeded' THEN (one.amount_cents - one.refunded_cents)::bigint ELSE 0 END
$$;
--> statement-breakpoint
-- A subscription counts from its start to its end. Where nothing will put the end off it is known ahead, so that it
-- counts on its day whether or not anybody has written it down by then. What is not paid any more ended when that began.
CREATE FUNCTION tallies_of(one subscriptions) RETURNS TABLE (topic text, day date, key text, cents bigint)
LANGUAGE sql STABLE AS $$
  SELECT told.topic, (told.at AT TIME ZONE 'UTC')::date, told.key, 0::bigint
  FROM (
    SELECT concat(one.status, ':', one.provider, ':', one.plan_id) AS key,
           CASE WHEN one.status IN ('trialing', 'active', 'past_due')
             THEN least(one.suspended_at,
                        CASE WHEN one.cancel_at_period_end OR one.provider = 'manual' THEN one.current_period_end END)
             ELSE coalesce(one.ended_at, one.past_due_since, one.canceled_at, one.trial_end, one.started_at)
           END AS ended_at
  ) AS own,
  LATERAL (VALUES
    ('subscriptions', own.key, one.started_at),
    ('subscriptions_ended', own.key, greatest(own.ended_at, CASE WHEN own.ended_at IS NOT NULL THEN one.started_at END)),
    ('subscriptions_canceled', '', one.canceled_at)
  ) AS told(topic, key, at)
  WHERE told.at IS NOT NULL
$$;
--> statement-breakpoint
CREATE FUNCTION tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO tally_entries (topic, day, key, entries, cents)
    SELECT gone.topic, gone.day, gone.key, -1, -gone.cents FROM tallies_of(OLD) AS gone;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO tally_entries (topic, day, key, entries, cents)
    SELECT come.topic, come.day, come.key, 1, come.cents FROM tallies_of(NEW) AS come;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER users_tally AFTER INSERT OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION tally();
--> statement-breakpoint
CREATE TRIGGER users_tally_change AFTER UPDATE ON users FOR EACH ROW
WHEN ((OLD.is_active, OLD.is_verified, OLD.is_admin, OLD.provider, OLD.created_at)
  IS DISTINCT FROM (NEW.is_active, NEW.is_verified, NEW.is_admin, NEW.provider, NEW.created_at))
EXECUTE FUNCTION tally();
--> statement-breakpoint
CREATE TRIGGER payments_tally AFTER INSERT OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION tally();
--> statement-breakpoint
CREATE TRIGGER payments_tally_change AFTER UPDATE ON payments FOR EACH ROW
WHEN ((OLD.status, OLD.currency, OLD.amount_cents, OLD.refunded_cents, OLD.paid_at, OLD.created_at)
  IS DISTINCT FROM (NEW.status, NEW.currency, NEW.amount_cents, NEW.refunded_cents, NEW.paid_at, NEW.created_at))
EXECUTE FUNCTION tally();
--> statement-breakpoint
CREATE TRIGGER subscriptions_tally AFTER INSERT OR DELETE ON subscriptions FOR EACH ROW EXECUTE FUNCTION tally();
--> statement-breakpoint
CREATE TRIGGER subscriptions_tally_change AFTER UPDATE ON subscriptions FOR EACH ROW
WHEN ((OLD.status, OLD.provider, OLD.plan_id, OLD.started_at, OLD.ended_at, OLD.canceled_at, OLD.past_due_since,
       OLD.suspended_at, OLD.trial_end, OLD.current_period_end, OLD.cancel_at_period_end)
  IS DISTINCT FROM (NEW.status, NEW.provider, NEW.plan_id, NEW.started_at, NEW.ended_at, NEW.canceled_at, NEW.past_due_since,
       NEW.suspended_at, NEW.trial_end, NEW.current_period_end, NEW.cancel_at_period_end))
EXECUTE FUNCTION tally();
--> statement-breakpoint
CREATE FUNCTION tally_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM tally_entries WHERE split_part(topic, '_', 1) = TG_TABLE_NAME;
  DELETE FROM tallies WHERE split_part(topic, '_', 1) = TG_TABLE_NAME;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER users_tally_truncate AFTER TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION tally_truncated();
--> statement-breakpoint
CREATE TRIGGER payments_tally_truncate AFTER TRUNCATE ON payments FOR EACH STATEMENT EXECUTE FUNCTION tally_truncated();
--> statement-breakpoint
CREATE TRIGGER subscriptions_tally_truncate AFTER TRUNCATE ON subscriptions FOR EACH STATEMENT EXECUTE FUNCTION tally_truncated();
--> statement-breakpoint
-- Who was there before. No write slips in between: the triggers' locks are held until this commits.
INSERT INTO tallies (topic, day, key, entries, cents)
SELECT told.topic, told.day, told.key, count(*), sum(told.cents) FROM (
  SELECT tally.* FROM users, tallies_of(users) AS tally
  UNION ALL SELECT tally.* FROM payments, tallies_of(payments) AS tally
  UNION ALL SELECT tally.* FROM subscriptions, tallies_of(subscriptions) AS tally
) AS told GROUP BY told.topic, told.day, told.key;
