CREATE TRIGGER profiles_keep_updated_at BEFORE UPDATE ON profiles FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER identities_keep_updated_at BEFORE UPDATE ON identities FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
--> statement-breakpoint
CREATE TRIGGER login_codes_keep_updated_at BEFORE UPDATE ON login_codes FOR EACH ROW EXECUTE FUNCTION keep_updated_at();
