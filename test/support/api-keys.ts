import type { Scope } from '../../src/auth/scopes.ts';
import { newAdmin, newSession, type SignedIn } from './accounts.ts';
import type { Service } from './service.ts';

/** The header that carries a key. */
export const withKey = (key: string) => ({ headers: { 'X-API-Key': key } });

/** Makes a key for who is signed in. */
export async function newKey(
  service: Service,
  { token }: Pick<SignedIn, 'token'>,
  scopes: readonly Scope[] = ['profile:read'],
  rest: Record<string, unknown> = {},
): Promise<{ id: string; key: string }> {
  const response = await service.post('/api-keys', { name: 'a key', scopes, ...rest }, { token });
  if (response.status !== 201) throw new Error(`api-keys: ${response.status} ${await response.text()}`);
  return response.json();
}

/** An account with a key. */
export async function newKeyOwner(service: Service, scopes?: readonly Scope[]) {
  const owner = await newSession(service);
  return { ...owner, ...(await keyOf(service, owner, scopes)) };
}

/** A platform: an administrator with a key that provisions. */
export async function newPlatform(service: Service) {
  const admin = await newAdmin(service);
  return { ...admin, ...(await keyOf(service, admin, ['users:provision', 'profile:read'])) };
}

async function keyOf(service: Service, owner: SignedIn, scopes?: readonly Scope[]) {
  const { id: keyId, key } = await newKey(service, owner, scopes);
  return { keyId, key };
}

/** The plan of everybody lets no program in, while something is done. */
export async function withoutApiAccess<T>(service: Service, code: string, act: () => Promise<T>): Promise<T> {
  await service.sql('UPDATE plans SET api_access = false WHERE code = $1', [code]);
  try {
    return await act();
  } finally {
    await service.sql('UPDATE plans SET api_access = true WHERE code = $1', [code]);
  }
}
