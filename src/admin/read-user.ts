import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { type ApiKey, countKeys, listKeys } from '../api-keys/store.ts';
import type { Caller } from '../auth/ports.ts';
import { type Profile, profileOf, toProfile } from '../auth/profile.ts';
import { countSessions, type SessionOfAccount, sessionsOf } from '../auth/sessions.ts';
import { TIERS } from '../billing/access.ts';
import { planInForce } from '../billing/plan-in-force.ts';
import type { UsageOfMetric } from '../billing/ports.ts';
import { statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { type Listed, listed, type Page } from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';
import { type AdminUser, locksOf, subjectsOf, userById, withLocks } from './user-store.ts';

export type UserDetails = {
  readonly user: AdminUser;
  readonly profile: Profile;
  readonly plan: z.output<typeof planRow> | null;
  readonly counts: z.output<typeof countsRow>;
  readonly sessionsCount: number;
  readonly keysCount: number;
  readonly identities: readonly z.output<typeof identityRow>[];
  readonly usage: readonly UsageOfMetric[];
};

const planRow = z.object({ code: z.string(), name: z.string(), tier: z.enum(TIERS) });
const identityRow = z.object({ provider: z.string(), created_at: instant });
const countsRow = z.object({ subscriptions: z.number(), transactions: z.number() });

/**
 * All that a page about one user shows. Two round trips.
 *
 * @throws {AppError} `user_not_found`
 */
export async function readUser(deps: AdminDeps, caller: Caller, userId: UserId): Promise<UserDetails> {
  const [[found], [profile], [plan], [counts], [sessions], [keys], identities, [standing]] =
    await readAsAdministrator(deps, caller, [
      userById(userId),
      profileOf(userId),
      statement(
        planRow,
        sql`SELECT plans.code, plans.name, plans.tier
            FROM (${planInForce(sql`${userId}::uuid`, deps.settings)}) AS standing JOIN plans ON plans.code = standing.code`,
      ),
      statement(
        countsRow,
        sql`SELECT (SELECT count(*)::int FROM subscriptions WHERE user_id = ${userId}::uuid) AS subscriptions,
                   (SELECT count(*)::int FROM payments WHERE user_id = ${userId}::uuid) AS transactions`,
      ),
      countSessions(userId),
      countKeys(sql`${userId}::uuid`),
      statement(
        identityRow,
        sql`SELECT provider, created_at FROM identities WHERE user_id = ${userId}::uuid ORDER BY created_at, id`,
      ),
      deps.readUsage(sql`${userId}::uuid`),
    ]);
  if (!found || !counts) throw new AppError('user_not_found');
  const subjects = await subjectsOf(deps, [found]);
  const [user] = withLocks([found], subjects, await deps.db.query(locksOf(subjects)));
  if (!user) throw new AppError('user_not_found');
  return {
    user,
    profile: toProfile(user, profile),
    plan: plan ?? null,
    counts,
    sessionsCount: sessions?.total ?? 0,
    keysCount: keys?.total ?? 0,
    identities,
    usage: standing?.usage ?? [],
  };
}

/**
 * Where a user is signed in, the last used first. One round trip.
 *
 * @throws {AppError} `user_not_found`
 */
export async function listSessionsOf(
  deps: AdminDeps,
  caller: Caller,
  userId: UserId,
  page: Page,
): Promise<Listed<SessionOfAccount>> {
  const [[user], rows, [count]] = await readAsAdministrator(deps, caller, [
    userById(userId),
    sessionsOf(userId, { ...page, limit: page.limit + 1 }),
    countSessions(userId),
  ]);
  if (!user) throw new AppError('user_not_found');
  return listed(rows, count?.total, page, true);
}

/**
 * The API keys of a user that were not revoked, the newest first. One round trip.
 *
 * @throws {AppError} `user_not_found`
 */
export async function listKeysOf(
  deps: AdminDeps,
  caller: Caller,
  userId: UserId,
  page: Page,
): Promise<Listed<ApiKey>> {
  const owner = sql`${userId}::uuid`;
  const [[user], rows, [count]] = await readAsAdministrator(deps, caller, [
    userById(userId),
    listKeys(owner, { ...page, limit: page.limit + 1 }),
    countKeys(owner),
  ]);
  if (!user) throw new AppError('user_not_found');
  return listed(rows, count?.total, page, true);
}
