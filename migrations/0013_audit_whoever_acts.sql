ALTER TABLE "admin_audit_logs" ALTER COLUMN "admin_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "admin_audit_logs" ADD COLUMN "user_id" uuid;--> statement-breakpoint
ALTER TABLE "admin_audit_logs" ADD COLUMN "ip" text;--> statement-breakpoint
ALTER TABLE "admin_audit_logs" ADD COLUMN "user_agent" text;--> statement-breakpoint
CREATE INDEX "admin_audit_logs_user_id_idx" ON "admin_audit_logs" USING btree ("user_id");