import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInFrame } from '../shell/frames.tsx';

const home = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/',
  component: lazyRouteComponent(() => import('./home.tsx'), 'Home'),
});

/** The pages of one's own account. */
export const accountRoutes = [home] as const;
