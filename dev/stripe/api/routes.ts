import { OPERATIONS, type Operation } from '../contract.ts';
import type { Routes } from './call.ts';
import { catalogRoutes } from './catalog.ts';
import { checkoutRoutes } from './checkout.ts';
import { customerRoutes } from './customers.ts';
import { discountRoutes } from './discounts.ts';
import { eventRoutes } from './events.ts';
import { invoiceRoutes } from './invoices.ts';
import { meterRoutes } from './meters.ts';
import { paymentRoutes } from './payments.ts';
import { portalRoutes } from './portal.ts';
import { subscriptionRoutes } from './subscriptions.ts';

const HANDLERS: Routes = {
  ...catalogRoutes,
  ...checkoutRoutes,
  ...customerRoutes,
  ...discountRoutes,
  ...eventRoutes,
  ...invoiceRoutes,
  ...meterRoutes,
  ...paymentRoutes,
  ...portalRoutes,
  ...subscriptionRoutes,
};

export type Route = {
  readonly handle: Routes[string];
  readonly ids: Record<string, string>;
  /** Without it, the contract leaves the operation out, and nothing is checked. */
  readonly operation: Operation | undefined;
};

const TABLE = Object.entries(HANDLERS)
  .map(([name, handle]) => {
    const [method = '', template = ''] = name.split(' ');
    const pattern = new RegExp(`^${template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    return { method, pattern, template, handle, operation: OPERATIONS.get(name) };
  })
  // `/invoices/create_preview` is no invoice's id.
  .sort((a, b) => Number(a.template.includes('{')) - Number(b.template.includes('{')));

/** The operation that a request is for. */
export function routeOf(method: string, path: string): Route | undefined {
  for (const { pattern, handle, operation, ...route } of TABLE) {
    if (route.method !== method) continue;
    const match = pattern.exec(path);
    if (!match) continue;
    const ids = Object.entries(match.groups ?? {}).map(([key, id]) => [key, decodeURIComponent(id)]);
    return { handle, ids: Object.fromEntries(ids), operation };
  }
  return undefined;
}
