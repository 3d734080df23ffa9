ALTER TABLE "outbox" ADD COLUMN "user_id" uuid;--> statement-breakpoint
CREATE INDEX "outbox_user_id_idx" ON "outbox" USING btree ("user_id");