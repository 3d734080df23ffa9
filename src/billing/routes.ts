import { createRouter } from '../http/router.ts';
import { createGrantRoutes } from './grant-routes.ts';
import { createPlanRoutes } from './plan-routes.ts';
import { createSubscriptionRoutes } from './subscription-routes.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

/** Plans, and what is bought of them. */
export function createBillingRoutes() {
  return createRouter()
    .route('/', createPlanRoutes())
    .route('/', createSubscriptionRoutes())
    .route('/', createGrantRoutes())
    .route('/', createWebhookRoutes());
}
