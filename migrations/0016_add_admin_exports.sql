CREATE TABLE "admin_exports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"admin_id" uuid NOT NULL,
	"sql" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "admin_exports" ADD CONSTRAINT "admin_exports_admin_id_users_id_fk" FOREIGN KEY ("admin_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "admin_exports_admin_id_idx" ON "admin_exports" USING btree ("admin_id");--> statement-breakpoint
CREATE INDEX "admin_exports_expires_at_idx" ON "admin_exports" USING btree ("expires_at");