import type { RequestCounter } from '../http/ports.ts';

/** What `[[ratelimits]]` in wrangler.toml says; the binding does not tell. */
const BINDING = { requests: 600, seconds: 60 };

/**
 * Cloudflare's rate-limit binding: counted in memory at each location, so it costs no time. Its limit is fixed at
 * deployment; a higher one from configuration is had by spreading a key over as many counters as it takes, a lower
 * one than the binding's own is not to be had.
 */
export function createPlatformCounter(binding: RateLimit, onError: (error: unknown) => void): RequestCounter {
  return {
    async take(key, { requests, seconds }) {
      const counters = Math.max(1, Math.ceil((requests / seconds) * (BINDING.seconds / BINDING.requests)));
      const counter = Math.floor(Math.random() * counters);
      const outcome = await binding.limit({ key: `${key}:${counter}` }).catch(onError);
      return outcome?.success === false
        ? { allowed: false, retryAfterSeconds: BINDING.seconds }
        : { allowed: true, recorded: Promise.resolve() };
    },
  };
}
