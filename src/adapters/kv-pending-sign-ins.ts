import { PendingSignIn, type PendingSignIns } from '../auth/oauth-ports.ts';
import { AppError } from '../errors.ts';

const KEY_PREFIX = 'oauth:';

/**
 * Sign-ins in KV. A new key can be read at once where it was written, which is where its browser comes back to;
 * elsewhere usually too, at the latest after a minute. A dropped one may still be read for as long, and by any number
 * at the same moment: KV has no compare-and-set. What may happen once is therefore decided in Postgres.
 */
export function createKvPendingSignIns(kv: KVNamespace, onError: (error: unknown) => void): PendingSignIns {
  return {
    async put(stateHash, pending, ttlSeconds) {
      await kv
        .put(KEY_PREFIX + stateHash, JSON.stringify(pending), { expirationTtl: ttlSeconds })
        .catch(unavailable);
    },
    async get(stateHash) {
      const stored = await kv.get(KEY_PREFIX + stateHash, 'json').catch(unavailable);
      return PendingSignIn.safeParse(stored).data;
    },
    async drop(stateHash) {
      await kv.delete(KEY_PREFIX + stateHash).catch(onError);
    },
  };
}

function unavailable(cause: unknown): never {
  throw new AppError('oauth_unavailable', { retryAfterSeconds: 5, cause });
}
