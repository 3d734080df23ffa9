import type * as contract from './contract.ts';
import type { ApiKey } from './store.ts';

/** A key as the wire has it. */
export const toApiKeyResponse = (key: ApiKey): contract.ApiKey => ({
  id: key.id,
  name: key.name,
  key_prefix: key.keyPrefix,
  scopes: [...key.scopes],
  created_at: key.createdAt.toISOString(),
  expires_at: key.expiresAt?.toISOString() ?? null,
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
});
