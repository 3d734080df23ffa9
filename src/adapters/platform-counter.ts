import type { RequestCounter } from '../http/ports.ts';

/** What `[[ratelimits]]` in wrangler.toml says; the binding does not tell. */
const BINDING = { requests: 600, seconds: 60 };

/**
 * Cloudflare's rate-limit binding: counted in memory at each location, so it costs no time. Its limit is fixed at
 * deployment. A higher one from configuration is had, roughly, by spreading a key over as many counters as it takes;
 * a lower one is counted by `exact`.
 */
export function createPlatformCounter(
  binding: RateLimit,
  exact: RequestCounter,
  onError: (error: unknown) => void,
): RequestCounter {
  return {
    async take(key, limit) {
      const counters = Math.ceil((limit.requests / limit.seconds) * (BINDING.seconds / BINDING.requests));
      if (limit.requests / limit.seconds < BINDING.requests / BINDING.seconds) return exact.take(key, limit);
      const counter = Math.floor(Math.random() * counters);
      const outcome = await binding.limit({ key: `${key}:${counter}` }).catch(onError);
      return outcome?.success === false
        ? { allowed: false, retryAfterSeconds: BINDING.seconds }
        : { allowed: true, recorded: Promise.resolve() };
    },
  };
}
