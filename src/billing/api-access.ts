import { type SQL, sql } from 'drizzle-orm';
import type { Settings } from '../settings.ts';
import { planInForce } from './plan-in-force.ts';

/** Whether the plan that a user has at this moment lets programs in by API keys. */
export const hasApiAccess = (userId: SQL, settings: Pick<Settings, 'BILLING_GRACE_PERIOD'>): SQL =>
  sql`(SELECT plan.api_access FROM (${planInForce(userId, settings)}) AS plan)`;
