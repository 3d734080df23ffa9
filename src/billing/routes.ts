import { createRouter } from '../http/router.ts';
import { createSubscriptionRoutes } from './subscription-routes.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

/** Plans, and what is bought of them. */
export function createBillingRoutes() {
  return createRouter().route('/', createSubscriptionRoutes()).route('/', createWebhookRoutes());
}
