import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './router.ts';

/**
 * For a GET route that has an effect: asking for its headers alone must have none (RFC 9110 §9.3.2). Hono hands HEAD
 * requests to GET routes.
 */
export const ignoreHead = createMiddleware<AppEnv>(async (c, next) =>
  c.req.method === 'HEAD' ? c.body(null, 200) : next(),
);
