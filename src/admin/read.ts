import type * as z from 'zod';
import { authorizeCaller } from '../auth/authorize.ts';
import type { Caller } from '../auth/ports.ts';
import type { Results, Statement } from '../db/client.ts';
import type { AdminDeps } from './ports.ts';

/**
 * What an administrator reads, by a session or by a key with `admin:read`. One round trip.
 *
 * @throws {AppError} those of `authorizeCaller`
 */
export async function readAsAdministrator<const S extends readonly Statement<z.ZodType>[]>(
  deps: Pick<AdminDeps, 'db' | 'mayUseKeys'>,
  caller: Caller,
  statements: S,
): Promise<Results<S>> {
  const policy = { admin: true, scope: 'admin:read' } as const;
  const { results } = await authorizeCaller(deps, caller, policy, () => statements);
  return results;
}
