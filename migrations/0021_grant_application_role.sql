-- What the service may do, and no more. Nobody logs in as this role: a login is made a member of it (docs/deployment.md).
-- Roles belong to the whole server, so another database of it may have made this one, or be making it right now.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tollgate_app') THEN
    CREATE ROLE tollgate_app NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;
END
$$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO tollgate_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tollgate_app;
--> statement-breakpoint
-- What later migrations make, by whoever runs them.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tollgate_app;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO tollgate_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE ON admin_audit_logs FROM tollgate_app;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION delete_expired_audit_logs(interval, integer) TO tollgate_app;

--> statement-breakpoint
-- And what administrators ask the reporting views by. Its owner, tollgate_reader, is who may give it away: the block
-- becomes that role for as long as it takes.
GRANT USAGE ON SCHEMA reporting TO tollgate_app;
--> statement-breakpoint
DO $$
BEGIN
  SET LOCAL ROLE tollgate_reader;
  GRANT EXECUTE ON FUNCTION reporting.run TO tollgate_app;
  RESET ROLE;
END
$$;
