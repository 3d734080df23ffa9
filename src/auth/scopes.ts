/** What an API key may be allowed to do. Every route that takes a key asks for one of these. */
export const SCOPES = [
  'profile:read',
  'billing:read',
  'usage:read',
  'usage:write',
  'users:provision',
  'admin:read',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What reaches beyond the own account: for administrators alone, asked when the key is made and at each use. */
export const ADMIN_SCOPES: ReadonlySet<Scope> = new Set<Scope>(['users:provision', 'admin:read']);

/** What concerns the own account alone. */
export const OWN_SCOPES: readonly Scope[] = SCOPES.filter((scope) => !ADMIN_SCOPES.has(scope));
