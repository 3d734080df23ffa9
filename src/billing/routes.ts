import { createRouter } from '../http/router.ts';
import { createGrantRoutes } from './grant-routes.ts';
import { createPlanRoutes } from './plan-routes.ts';
import { createWebhookRoutes } from './webhook-routes.ts';

/** Plans, and what is bought of them. */
export function createBillingRoutes() {
  return createRouter()
    .route('/', createPlanRoutes())
    .route('/', createGrantRoutes())
    .route('/', createWebhookRoutes());
}
