CREATE INDEX "billing_alerts_user_id_idx" ON "billing_alerts" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "billing_tasks_status_idx" ON "billing_tasks" USING btree ("status","created_at");--> statement-breakpoint
CREATE INDEX "checkout_intents_expires_at_idx" ON "checkout_intents" USING btree ("expires_at") WHERE "checkout_intents"."status" <> 'completed';--> statement-breakpoint
CREATE INDEX "former_customers_user_id_idx" ON "former_customers" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "stripe_events_orphans_idx" ON "stripe_events" USING btree ("next_attempt_at") WHERE "stripe_events"."status" = 'orphan';--> statement-breakpoint
CREATE INDEX "subscriptions_trial_end_idx" ON "subscriptions" USING btree ("trial_end") WHERE "subscriptions"."status" = 'trialing';--> statement-breakpoint
ALTER TABLE "checkout_intents" DROP COLUMN "url";