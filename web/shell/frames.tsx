import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { isSignedIn } from '../session/client.ts';
import { destinationOf, ownPath } from '../session/next.ts';
import { meQuery, queryClient } from '../session/queries.ts';
import { leaving } from '../session/sign-out.ts';
import { GuestFrame } from './guest-frame.tsx';

export const rootRoute = createRootRoute({ component: Outlet });

/** Pages for who is not signed in. Whoever is goes where they wanted to. */
export const guestFrame = createRoute({
  getParentRoute: () => rootRoute,
  id: 'guest',
  validateSearch: (search: Record<string, unknown>): { next?: string; error?: string } => {
    const next = ownPath(search.next);
    const error = typeof search.error === 'string' ? search.error : undefined;
    return { ...(next !== undefined && { next }), ...(error !== undefined && { error }) };
  },
  beforeLoad: async ({ search }) => {
    // Somebody who cannot be asked for is taken for signed out: the form will say what is wrong.
    if (await isSignedIn().catch(() => false))
      throw redirect({ ...destinationOf(search.next), replace: true });
  },
  component: GuestFrame,
});

/** Pages that mailed links lead to, for anybody. */
export const openFrame = createRoute({
  getParentRoute: () => rootRoute,
  id: 'open',
  validateSearch: (search: Record<string, unknown>): { token?: string } =>
    typeof search.token === 'string' ? { token: search.token } : {},
  beforeLoad: () => isSignedIn().catch(() => false),
  component: GuestFrame,
});

/** Pages of an account. Whoever is not signed in does that first and comes back. */
export const signedInFrame = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    if (await isSignedIn()) return;
    const next = leaving() ? undefined : ownPath(location.href);
    throw redirect({
      to: '/sign-in',
      search: next === undefined || next === '/' ? {} : { next },
      replace: true,
    });
  },
  loader: () => queryClient.ensureQueryData(meQuery),
  component: lazyRouteComponent(() => import('./shell.tsx'), 'Shell'),
});

/** Pages of the desk: for administrators. The service refuses everybody else; this only says it sooner. */
export const deskFrame = createRoute({
  getParentRoute: () => signedInFrame,
  id: 'desk',
  component: lazyRouteComponent(() => import('./desk-frame.tsx'), 'DeskFrame'),
});
