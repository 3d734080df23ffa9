import type { InferResponseType } from 'hono/client';
import type { api } from '../session/client.ts';

type Admin = typeof api.admin;
type RowOf<Route> = Route extends (...args: infer _) => unknown
  ? InferResponseType<Route, 200> extends { data: readonly (infer Row)[] }
    ? Row
    : never
  : never;

/** What the service says of things at the desk. */
export type AdminUser = RowOf<Admin['users']['$get']>;
export type UserDetails = InferResponseType<Admin['users'][':id']['$get'], 200>;
export type UserSession = RowOf<Admin['users'][':id']['sessions']['$get']>;
export type UserKey = RowOf<Admin['users'][':id']['api-keys']['$get']>;
export type AdminSubscription = RowOf<Admin['billing']['subscriptions']['$get']>;
export type AdminPayment = RowOf<Admin['billing']['transactions']['$get']>;
export type WebhookEvent = RowOf<Admin['billing']['events']['$get']>;
export type BillingAlert = RowOf<Admin['billing']['alerts']['$get']>;
export type OutboxMail = RowOf<Admin['mails']['$get']>;
export type AuditEntry = RowOf<Admin['audit-logs']['$get']>;
export type Stats = InferResponseType<Admin['dashboard']['stats']['$get'], 200>;
export type PlanOnSale = InferResponseType<typeof api.billing.plans.$get, 200>[number];
export type SqlResult = InferResponseType<Admin['sql']['$post'], 200>;
export type SqlView = InferResponseType<Admin['sql']['schema']['$get'], 200>['views'][number];
export type Mode = SqlResult['mode'];
export type ExportLink = Extract<SqlResult, { mode: 'csv' }>['export'];
