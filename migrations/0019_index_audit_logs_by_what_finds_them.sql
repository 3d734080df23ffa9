DROP INDEX "admin_audit_logs_target_idx";--> statement-breakpoint
DROP INDEX "admin_audit_logs_admin_id_idx";--> statement-breakpoint
DROP INDEX "admin_audit_logs_user_id_idx";--> statement-breakpoint
ALTER TABLE "admin_audit_logs" ADD COLUMN "dedupe_key" text;--> statement-breakpoint
CREATE INDEX "admin_audit_logs_action_idx" ON "admin_audit_logs" USING btree ("action" text_pattern_ops,"created_at");--> statement-breakpoint
CREATE INDEX "admin_audit_logs_target_id_idx" ON "admin_audit_logs" USING btree ("target_id");--> statement-breakpoint
CREATE INDEX "admin_audit_logs_subject_idx" ON "admin_audit_logs" USING btree ((coalesce("after" ->> 'user_id', "before" ->> 'user_id'))) WHERE "admin_audit_logs"."admin_id" IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "admin_audit_logs_dedupe_key_key" ON "admin_audit_logs" USING btree ("dedupe_key") WHERE "admin_audit_logs"."dedupe_key" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "admin_audit_logs_admin_id_idx" ON "admin_audit_logs" USING btree ("admin_id","created_at") WHERE "admin_audit_logs"."admin_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "admin_audit_logs_user_id_idx" ON "admin_audit_logs" USING btree ("user_id") WHERE "admin_audit_logs"."user_id" IS NOT NULL;