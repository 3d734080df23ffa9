-- Most writes are plain SQL statements, each of which could forget a SET clause. A new table needs its own trigger.
CREATE FUNCTION keep_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER users_keep_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER sessions_keep_updated_at BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER refresh_tokens_keep_updated_at BEFORE UPDATE ON refresh_tokens FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER one_time_tokens_keep_updated_at BEFORE UPDATE ON one_time_tokens FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER outbox_keep_updated_at BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER plans_keep_updated_at BEFORE UPDATE ON plans FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
