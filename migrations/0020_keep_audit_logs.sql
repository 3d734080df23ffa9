-- What is in the audit log stays as it is, whoever is connected. ENABLE ALWAYS: also where session_replication_role
-- switches other triggers off.
CREATE FUNCTION keep_audit_logs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF current_setting('tollgate.audit_sweep', true) = 'on' AND OLD.created_at < now() - interval '30 days' THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'admin_audit_logs is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
--> statement-breakpoint
CREATE TRIGGER admin_audit_logs_keep_rows BEFORE DELETE ON admin_audit_logs FOR EACH ROW EXECUTE FUNCTION keep_audit_logs();
--> statement-breakpoint
CREATE TRIGGER admin_audit_logs_keep BEFORE UPDATE OR TRUNCATE ON admin_audit_logs FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_logs();
--> statement-breakpoint
ALTER TABLE admin_audit_logs ENABLE ALWAYS TRIGGER admin_audit_logs_keep_rows;
--> statement-breakpoint
ALTER TABLE admin_audit_logs ENABLE ALWAYS TRIGGER admin_audit_logs_keep;
--> statement-breakpoint
-- The one way out: what is older than the retention, never less than 30 days, a bounded number of rows. It runs with
-- the rights of whoever owns it, because the application has none to delete.
CREATE FUNCTION delete_expired_audit_logs(retention interval, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  deleted integer;
BEGIN
  PERFORM set_config('tollgate.audit_sweep', 'on', true);
  WITH doomed AS MATERIALIZED (
    SELECT ctid FROM admin_audit_logs
    WHERE created_at < now() - greatest(retention, interval '30 days')
    ORDER BY created_at LIMIT most FOR UPDATE SKIP LOCKED
  )
  DELETE FROM admin_audit_logs WHERE ctid = ANY (ARRAY (SELECT ctid FROM doomed));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  PERFORM set_config('tollgate.audit_sweep', '', true);
  RETURN deleted;
END
$$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION delete_expired_audit_logs(interval, integer) FROM PUBLIC;
