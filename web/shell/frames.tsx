import { createRootRoute, createRoute, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { isSignedIn } from '../session/client.ts';
import { destinationOf, ownPath } from '../session/next.ts';
import { meQuery, queryClient } from '../session/queries.ts';
import { leaving } from '../session/sign-out.ts';
import { GuestFrame } from './guest-frame.tsx';

type Search<N extends string> = { [K in N]?: string | undefined };

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

export const rootRoute = createRootRoute({ component: Outlet });

/** Pages for who is not signed in. Whoever is goes where they wanted to. */
export const guestFrame = createRoute({
  getParentRoute: () => rootRoute,
  id: 'guest',
  // What is refused stays in as undefined: the router puts the answer over what the address says, key by key.
  validateSearch: (search: Record<string, unknown>): Search<'next' | 'error'> => ({
    next: ownPath(search.next),
    error: textOf(search.error),
  }),
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
  validateSearch: ({ token }: Record<string, unknown>): Search<'token'> => ({ token: textOf(token) }),
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
