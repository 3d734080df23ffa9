ALTER TABLE "login_throttles" DROP COLUMN "failures";--> statement-breakpoint
ALTER TABLE "login_throttles" DROP COLUMN "last_failed_at";