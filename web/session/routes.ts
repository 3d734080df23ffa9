import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { guestFrame, openFrame } from '../shell/frames.tsx';

const signIn = createRoute({
  getParentRoute: () => guestFrame,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignIn'),
});

const verify = createRoute({
  getParentRoute: () => openFrame,
  path: '/verify',
  component: lazyRouteComponent(() => import('./verify.tsx'), 'Verify'),
});

/** The pages before somebody is signed in, and those that mailed links lead to. */
export const guestRoutes = { whileSignedOut: [signIn] as const, always: [verify] as const };
