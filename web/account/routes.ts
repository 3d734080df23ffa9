import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { readListSearch } from '../parts/search.ts';
import { signedInFrame } from '../shell/frames.tsx';

const home = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/',
  component: lazyRouteComponent(() => import('./home.tsx'), 'Home'),
});

const welcome = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./welcome.tsx'), 'Welcome'),
});

const profile = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/profile',
  component: lazyRouteComponent(() => import('./profile.tsx'), 'ProfilePage'),
});

const security = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/security',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('./security.tsx'), 'Security'),
});

const apiKeys = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/api-keys',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('./api-keys.tsx'), 'ApiKeys'),
});

const data = createRoute({
  getParentRoute: () => signedInFrame,
  path: '/data',
  component: lazyRouteComponent(() => import('./data.tsx'), 'YourData'),
});

/** The pages of one's own account. */
export const accountRoutes = [home, welcome, profile, security, apiKeys, data] as const;
