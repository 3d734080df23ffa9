/** The public face of the package: the service as an app or in parts, what it needs to run, and the types of both. */

/** For the expressions of {@link Deployment}, and statements beside a guard. */
export { type SQL, sql } from 'drizzle-orm';
export {
  type AppType,
  createAdminRouter,
  createApiKeysRouter,
  createApp,
  createAuthRouter,
  createBillingRouter,
  createHealthRouter,
  createUsageRouter,
} from './app.ts';
export { authorize, authorizeCaller, authorizeRead, type Policy } from './auth/authorize.ts';
export type { AccessClaims, Caller } from './auth/ports.ts';
export type { Scope } from './auth/scopes.ts';
export type { Tier } from './billing/access.ts';
export { authorizePlan, type Entitlement } from './billing/require-plan.ts';
export { type Bindings, buildDeps, buildJobDeps, type Deployment, settingsOf } from './deps.ts';
export { AppError, ERROR_CODES, type ErrorCode } from './errors.ts';
export { callerOf, requireBearerOrKey } from './http/api-key.ts';
export { requireBearer, requireClaims } from './http/bearer.ts';
export { Problem } from './http/problem.ts';
export { type EntitledEnv, requirePlan } from './http/require-plan.ts';
export type { Deps, DepsResolver } from './http/router.ts';
export { createService, type ServiceOptions } from './http/service.ts';
export { consumeBillingQueue } from './jobs/consume-billing-queue.ts';
export { consumeMailQueue } from './jobs/consume-queue.ts';
export { runCron } from './jobs/run-cron.ts';
export { createRpcMethods } from './rpc/methods.ts';
export type { TollgateMethods, TollgateService } from './rpc.ts';
export { readSettings, type Settings, SettingsError } from './settings.ts';
export { FEATURES, type Features, type PlanInForce } from './usage/features.ts';
export { METRICS, type Metric, type Period } from './usage/metrics.ts';
export { type Entitlements, readEntitlements, readUsage } from './usage/read-usage.ts';
export { type Recorded, recordUsage, type UsageReport } from './usage/record-usage.ts';
