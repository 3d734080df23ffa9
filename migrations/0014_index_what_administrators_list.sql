-- Finds users by a part of their address or name. A trusted extension: whoever owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
--> statement-breakpoint
CREATE TABLE "tallies" (
	"topic" text NOT NULL,
	"day" date NOT NULL,
	"key" text NOT NULL,
	"entries" bigint NOT NULL,
	"cents" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "tallies_topic_day_key_pk" PRIMARY KEY("topic","day","key")
);
--> statement-breakpoint
CREATE TABLE "tally_entries" (
	"topic" text NOT NULL,
	"day" date NOT NULL,
	"key" text NOT NULL,
	"entries" bigint NOT NULL,
	"cents" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
DROP INDEX "payments_created_at_idx";--> statement-breakpoint
CREATE INDEX "tally_entries_topic_day_idx" ON "tally_entries" USING btree ("topic","day");--> statement-breakpoint
CREATE INDEX "users_created_at_idx" ON "users" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "users_admins_idx" ON "users" USING btree ("created_at","id") WHERE "users"."is_admin";--> statement-breakpoint
CREATE INDEX "users_inactive_idx" ON "users" USING btree ("created_at","id") WHERE NOT "users"."is_active";--> statement-breakpoint
CREATE INDEX "users_unverified_idx" ON "users" USING btree ("created_at","id") WHERE NOT "users"."is_verified";--> statement-breakpoint
CREATE INDEX "users_search_idx" ON "users" USING gin ("email" gin_trgm_ops,"username" gin_trgm_ops) WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "billing_alerts_open_idx" ON "billing_alerts" USING btree ("created_at","id") WHERE "billing_alerts"."resolved_at" IS NULL;--> statement-breakpoint
CREATE INDEX "payments_status_created_at_idx" ON "payments" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "stripe_events_created_at_idx" ON "stripe_events" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "subscriptions_created_at_idx" ON "subscriptions" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "subscriptions_status_created_at_idx" ON "subscriptions" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "subscriptions_plan_id_created_at_idx" ON "subscriptions" USING btree ("plan_id","created_at","id");--> statement-breakpoint
CREATE INDEX "subscriptions_running_out_idx" ON "subscriptions" USING btree ("current_period_end") WHERE "subscriptions"."cancel_at_period_end" OR "subscriptions"."provider" = 'manual';--> statement-breakpoint
CREATE INDEX "outbox_created_at_idx" ON "outbox" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "outbox_recipient_idx" ON "outbox" USING btree ("recipient","created_at");--> statement-breakpoint
CREATE INDEX "outbox_dead_idx" ON "outbox" USING btree ("created_at","id") WHERE "outbox"."status" = 'dead';--> statement-breakpoint
CREATE INDEX "payments_created_at_idx" ON "payments" USING btree ("created_at","id");