import type { Service } from './service.ts';

/** A plan as the wire has it. */
export type WirePlan = {
  id: string;
  name: string;
  code: string;
  price_cents: number;
  currency: string;
  billing_period: string;
  tier: string;
  is_active: boolean;
  trial_days: number;
  limits: { max_items: number; max_secondary: number; api_access: boolean };
};

let counter = 0;

/** What a plan is asked for with, by a code that nobody else has. */
export function newTerms() {
  counter += 1;
  return {
    name: 'Team',
    code: `team-${counter}`,
    price_cents: 4_900,
    currency: 'EUR',
    billing_period: 'monthly',
    tier: 'pro',
    trial_days: 14,
    limits: { max_items: 500, max_secondary: 50, api_access: true },
  };
}

/** What there is to do with plans, as somebody does it. */
export const plansOf = (service: Service, { token }: { token?: string }) => ({
  create: (json: unknown, overrides?: Record<string, unknown>) =>
    service.fetch('/billing/plans', { method: 'POST', json, ...(token && { token }) }, overrides),
  change: (id: string, json: unknown, overrides?: Record<string, unknown>) =>
    service.fetch(`/billing/plans/${id}`, { method: 'PATCH', json, ...(token && { token }) }, overrides),
  delete: (id: string) =>
    service.fetch(`/billing/plans/${id}`, { method: 'DELETE', ...(token && { token }) }),
  /** A plan that is there. */
  async made(terms: object = {}): Promise<WirePlan> {
    const response = await this.create({ ...newTerms(), ...terms });
    if (response.status !== 201) throw new Error(`plan: ${response.status} ${await response.text()}`);
    return response.json<WirePlan>();
  },
});

/** What a plan was sold for at the provider, the first price first. */
export const pricesOf = (service: Service, planId: string) =>
  service.sql(
    `SELECT provider_price_id AS id, price_cents, currency, billing_period, archived_at IS NULL AS current
     FROM plan_prices WHERE plan_id = $1 ORDER BY created_at`,
    [planId],
  );

/** What is to be done at the provider, the oldest first. */
export const tasks = (service: Service) =>
  service.sql(
    'SELECT id, kind, payload, dedupe_key, status FROM billing_tasks ORDER BY created_at, dedupe_key',
  );

export const auditOf = (service: Service, planId: string) =>
  service.sql(
    `SELECT admin_id, action, target_type, before, after, request_id FROM admin_audit_logs
     WHERE target_id = $1 ORDER BY created_at`,
    [planId],
  );
