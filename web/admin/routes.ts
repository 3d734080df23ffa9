import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { deskFrame } from '../shell/frames.tsx';

const dashboard = createRoute({
  getParentRoute: () => deskFrame,
  path: '/admin',
  component: lazyRouteComponent(() => import('./dashboard.tsx'), 'Dashboard'),
});

/** The desk. */
export const adminRoutes = [deskFrame.addChildren([dashboard])] as const;
