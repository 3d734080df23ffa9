import * as z from 'zod';
import type { RequestCounter } from '../http/ports.ts';

/** KV refuses a shorter life. */
const KV_MIN_TTL_SECONDS = 60;

const Window = z.object({ count: z.number(), resetsAt: z.number() });

/**
 * Fixed windows in KV, each beginning with its first request. Exact for calls one after the other at one place;
 * a burst in parallel, or from two continents, can pass more, because KV has no compare-and-set and is up to a
 * minute stale elsewhere. That is why nothing which must be exact is counted here. When KV fails, requests pass.
 */
export function createKvCounter(kv: KVNamespace, onError: (error: unknown) => void): RequestCounter {
  return {
    async take(key, { requests, seconds }) {
      const now = Date.now();
      const stored = Window.safeParse(await kv.get(key, 'json').catch(onError)).data;
      const window = stored && stored.resetsAt > now ? stored : { count: 0, resetsAt: now + seconds * 1_000 };
      if (window.count >= requests) {
        return { allowed: false, retryAfterSeconds: Math.ceil((window.resetsAt - now) / 1_000) };
      }
      const recorded = kv
        .put(key, JSON.stringify({ ...window, count: window.count + 1 }), {
          expirationTtl: Math.max(KV_MIN_TTL_SECONDS, seconds),
        })
        .catch(onError);
      return { allowed: true, recorded };
    },
  };
}
