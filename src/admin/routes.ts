import { createRouter } from '../http/router.ts';
import { createAskRoutes } from './ask-routes.ts';
import { createAuditRoutes } from './audit-routes.ts';
import { createAdminBillingRoutes } from './billing-routes.ts';
import { createDashboardRoutes } from './dashboard-routes.ts';
import { createMailRoutes } from './mail-routes.ts';
import { createUserActRoutes } from './user-act-routes.ts';
import { createUserRoutes } from './user-routes.ts';

/** What administrators see and do. Plans and grants are billing's own routes. */
export function createAdminRoutes() {
  return createRouter()
    .route('/', createDashboardRoutes())
    .route('/', createUserRoutes())
    .route('/', createUserActRoutes())
    .route('/', createAdminBillingRoutes())
    .route('/', createMailRoutes())
    .route('/', createAuditRoutes())
    .route('/', createAskRoutes());
}
