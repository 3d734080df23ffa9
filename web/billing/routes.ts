import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInFrame } from '../shell/frames.tsx';

const overview = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/billing',
  component: lazyRouteComponent(() => import('./overview.tsx'), 'BillingOverview'),
});

/** Plans, payments and usage. */
export const billingRoutes = [overview] as const;
