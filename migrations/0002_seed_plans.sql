INSERT INTO plans (name, code, price_cents, currency, billing_period, tier, max_items, max_secondary, api_access) VALUES
  ('Free', 'free', 0, 'USD', 'monthly', 'free', 10, 1, true),
  ('Pro', 'pro', 1900, 'USD', 'monthly', 'pro', 100, 10, true),
  ('Enterprise', 'enterprise', 9900, 'USD', 'monthly', 'enterprise', -1, -1, true)
ON CONFLICT (code) DO NOTHING;
