import { createRouter } from '@tanstack/react-router';
import { accountRoutes } from './account/routes.ts';
import { adminRoutes } from './admin/routes.ts';
import { billingRoutes } from './billing/routes.ts';
import { basePath } from './config.ts';
import { linkRoutes } from './links/routes.ts';
import { parseSearch, stringifySearch } from './parts/search.ts';
import { Loading } from './parts/states.tsx';
import { guestRoutes } from './session/routes.ts';
import { NotFound, PageFailure } from './shell/failures.tsx';
import { guestFrame, openFrame, rootRoute, signedInFrame } from './shell/frames.tsx';

/** Every page. What each loads is in the `routes.ts` of its folder; frames decide who may see it. */
const routeTree = rootRoute.addChildren([
  guestFrame.addChildren(guestRoutes),
  openFrame.addChildren(linkRoutes),
  signedInFrame.addChildren([...accountRoutes, ...billingRoutes, ...adminRoutes]),
]);

export const router = createRouter({
  routeTree,
  basepath: basePath || '/',
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  // Data is kept by the query client; the router has to ask it each time.
  defaultPreloadStaleTime: 0,
  defaultPendingComponent: Loading,
  defaultErrorComponent: PageFailure,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
