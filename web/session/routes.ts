import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { guestFrame } from '../shell/frames.tsx';

const signIn = createRoute({
  getParentRoute: () => guestFrame,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignIn'),
});

const register = createRoute({
  getParentRoute: () => guestFrame,
  path: '/register',
  component: lazyRouteComponent(() => import('./register.tsx'), 'Register'),
});

const forgotPassword = createRoute({
  getParentRoute: () => guestFrame,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./forgot-password.tsx'), 'ForgotPassword'),
});

/** The pages before somebody is signed in. */
export const guestRoutes = [signIn, register, forgotPassword] as const;
