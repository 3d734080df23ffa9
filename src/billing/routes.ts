import { createRouter } from '../http/router.ts';
import { createSubscriptionRoutes } from './subscription-routes.ts';

/** Plans, subscriptions and payments. */
export function createBillingRoutes() {
  return createRouter().route('/', createSubscriptionRoutes());
}
