import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { openFrame } from '../shell/frames.tsx';

const verify = createRoute({
  getParentRoute: () => openFrame,
  path: '/verify',
  component: lazyRouteComponent(() => import('./verify.tsx'), 'Verify'),
});

const newPassword = createRoute({
  getParentRoute: () => openFrame,
  path: '/new-password',
  component: lazyRouteComponent(() => import('./new-password.tsx'), 'NewPassword'),
});

const emailChange = createRoute({
  getParentRoute: () => openFrame,
  path: '/email-change',
  component: lazyRouteComponent(() => import('./email-change.tsx'), 'EmailChange'),
});

const emailChangeUndo = createRoute({
  getParentRoute: () => openFrame,
  path: '/email-change/undo',
  component: lazyRouteComponent(() => import('./email-change.tsx'), 'EmailChangeUndo'),
});

/** The pages that mailed links lead to; src/deps.ts makes the links. */
export const linkRoutes = [verify, newPassword, emailChange, emailChangeUndo] as const;
