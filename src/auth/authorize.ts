import type { SQL } from 'drizzle-orm';
import type * as z from 'zod';
import type { Results, Statement } from '../db/client.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import {
  allowedOwner,
  callerRow,
  type FoundCaller,
  noteUse,
  readCaller,
  sessionRow,
} from './caller-store.ts';
import type { AccessClaims, AuthDeps, Caller } from './ports.ts';
import type { Scope } from './scopes.ts';
import type { User } from './store.ts';

/** What a route asks of whoever calls it. */
export type Policy = {
  /** Let an account through whose mailbox is not proven yet. */
  readonly unverified?: boolean;
  /** Let nobody through but an administrator. */
  readonly admin?: boolean;
  /** What a key has to be allowed; a session is allowed everything. Without it no key is let through. */
  readonly scope?: Scope;
};

type Rows<S extends readonly Statement<z.ZodType>[]> = { user: User; results: Results<S> };

/**
 * The account behind a verified access token, as it stands now: a deactivated account, an ended session and a
 * deleted user are refused at once, whatever the token still says. One round trip.
 *
 * @throws {AppError} `invalid_token`, `account_disabled`, `email_not_verified`, `admin_required`
 */
export async function authorize(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  policy: Policy,
): Promise<User> {
  const [found] = await deps.db.query(readCaller(sessionRow(claims, policy)));
  return admit(found, 'invalid_token').user;
}

/**
 * The same, with what the caller wants to read in the same round trip. For reading alone: the statements run
 * before the account is judged.
 */
export async function authorizeRead<const S extends readonly Statement<z.ZodType>[]>(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  policy: Policy,
  reads: S,
): Promise<Rows<S>> {
  const [[found], ...results] = await deps.db.batch([readCaller(sessionRow(claims, policy)), ...reads]);
  return { user: admit(found, 'invalid_token').user, results: results as Results<S> };
}

/**
 * The account that a session or an API key speaks for, judged by all that counts: the key, its owner, its scope and
 * the owner's plan. One round trip together with `statements`. They get the owner's id as an expression, because of a
 * key nobody knows it before; it is null for whoever is refused, so a statement that writes for that account alone may
 * stand there too. It has to tell by its rows whether it did: a caller may lose the right between two statements.
 *
 * @throws {AppError} those of {@link authorize}; of a key `api_key_invalid`, `scope_required`, `plan_required`
 */
export async function authorizeCaller<const S extends readonly Statement<z.ZodType>[]>(
  deps: Pick<AuthDeps, 'db' | 'mayUseKeys'>,
  caller: Caller,
  policy: Policy,
  statements: (owner: SQL) => S,
): Promise<Rows<S> & Pick<FoundCaller, 'scopes'>> {
  const row = callerRow(deps, caller, policy);
  const inner = statements(allowedOwner(row));
  // The note comes last: its lock is held no longer than it takes to commit, and nothing is waited for under it.
  const note = 'keyHash' in caller ? [noteUse(row)] : [];
  const [[found], ...rest] = await deps.db.batch([readCaller(row), ...inner, ...note] as const);
  const { user, scopes } = admit(found, 'keyHash' in caller ? 'api_key_invalid' : 'invalid_token');
  return { user, scopes, results: rest.slice(0, inner.length) as Results<S> };
}

/** @param unknown the refusal where nothing was found that could be judged */
function admit(found: FoundCaller | undefined, unknown: ErrorCode): FoundCaller {
  if (!found) throw new AppError(unknown);
  if (found.refusal === 'plan_required') throw noApiAccess();
  if (found.refusal) throw new AppError(found.refusal);
  return found;
}

/** What an account hears whose plan lets no program in. */
export const noApiAccess = () =>
  new AppError('plan_required', { detail: 'API keys need a plan with API access.' });
