CREATE INDEX "admin_audit_logs_target_type_idx" ON "admin_audit_logs" USING btree ("target_type","created_at") WHERE "admin_audit_logs"."target_type" <> 'session' AND "admin_audit_logs"."target_type" <> 'user';--> statement-breakpoint
CREATE INDEX "users_provider_idx" ON "users" USING btree ("provider","created_at","id");--> statement-breakpoint
CREATE INDEX "payments_currency_idx" ON "payments" USING btree ("currency","created_at","id");--> statement-breakpoint
CREATE INDEX "outbox_kind_idx" ON "outbox" USING btree ("kind","created_at","id");