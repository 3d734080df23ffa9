import type { Hono } from 'hono';
import { basePath } from 'hono/route';
import type { AppContext, AppEnv } from './router.ts';

/**
 * Whether a request is for a route of `app`, wherever that is mounted. Mounted beside others under one prefix, an app's
 * middleware runs for their routes too: a request would be logged and counted by each of them.
 */
export function ownsRoute(app: Pick<Hono<AppEnv>, 'router'>): (c: AppContext) => boolean {
  const known = new WeakMap<Request, boolean>();
  return (c) => {
    const before = known.get(c.req.raw);
    if (before !== undefined) return before;
    const mountedAt = basePath(c);
    const path = c.req.path.slice(mountedAt === '/' ? 0 : mountedAt.length) || '/';
    const [matches] = app.router.match(methodOf(c), path);
    const owns = matches.some(([[, route]]) => !(route.method === 'ALL' && route.path === '/*'));
    known.set(c.req.raw, owns);
    return owns;
  };
}

/** The method whose route is meant: a preflight speaks for another request, and Hono answers HEAD by GET. */
function methodOf({ req }: AppContext): string {
  if (req.method === 'HEAD') return 'GET';
  return (req.method === 'OPTIONS' && req.header('Access-Control-Request-Method')) || req.method;
}
