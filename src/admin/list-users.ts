import { type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../auth/ports.ts';
import type { User } from '../auth/store.ts';
import { grantsAccess } from '../billing/access.ts';
import { FREE_PLAN_CODE } from '../billing/plan-terms.ts';
import { statement } from '../db/client.ts';
import { parseId } from '../ids.ts';
import {
  countTallied,
  countUpTo,
  createdWithin,
  type Listed,
  listed,
  type Page,
  slice,
  where,
} from './listing.ts';
import type { AdminDeps } from './ports.ts';
import { readAsAdministrator } from './read.ts';
import { type AdminUser, FOUND_USER, foundUser, locksOf, subjectsOf, withLocks } from './user-store.ts';

/** What of the users is listed, and in which order. */
export type UserFilter = {
  readonly q?: string | undefined;
  readonly isActive?: boolean | undefined;
  readonly isVerified?: boolean | undefined;
  readonly isAdmin?: boolean | undefined;
  readonly provider?: User['provider'] | undefined;
  readonly planCode?: string | undefined;
  readonly createdFrom?: Date | undefined;
  readonly createdTo?: Date | undefined;
  readonly sort: '-created_at' | 'created_at' | 'email' | '-email';
};

/** Users. Two round trips: until when they have to wait is known by a keyed hash of the address, which is read first. */
export async function listUsers(
  deps: AdminDeps,
  caller: Caller,
  filter: UserFilter,
  page: Page,
): Promise<Listed<AdminUser>> {
  const { matches, order, count, exact } = usersBy(filter, deps.settings);
  const [found, [counted]] = await readAsAdministrator(deps, caller, [
    statement(
      foundUser,
      sql`SELECT ${FOUND_USER} FROM users WHERE ${matches} ORDER BY ${order} ${slice(page)}`,
    ),
    count,
  ]);
  const users = listed(found, counted?.total, page, exact);
  const subjects = await subjectsOf(deps, users.rows);
  const locks = users.rows.length > 0 ? await deps.db.query(locksOf(subjects)) : [];
  return { ...users, rows: withLocks(users.rows, subjects, locks) };
}

/** The condition and the order of a list of users, and how it is counted. */
export function usersBy(filter: UserFilter, settings: AdminDeps['settings']) {
  const { isActive, isVerified, isAdmin, provider, planCode, q } = filter;
  const beyond = [
    q ? searched(q) : undefined,
    planCode === undefined ? undefined : onPlan(planCode, settings),
    ...createdWithin(sql`users.created_at`, filter),
  ];
  const matches = where([
    ...beyond,
    flagged(sql`users.is_active`, isActive),
    flagged(sql`users.is_verified`, isVerified),
    flagged(sql`users.is_admin`, isAdmin),
    provider && sql`users.provider = ${provider}`,
  ]);
  const exact = beyond.every((condition) => condition === undefined);
  const digit = (value: boolean | undefined) => (value === undefined ? '_' : value ? '1' : '0');
  const kind = `${digit(isActive)}${digit(isVerified)}${digit(isAdmin)}:${provider ?? '%'}`;
  return {
    matches,
    order: ORDERS[filter.sort],
    count: exact
      ? countTallied('users', sql`tally.key LIKE ${kind}`)
      : countUpTo(sql`users WHERE ${matches}`),
    exact,
  };
}

const ORDERS: Readonly<Record<UserFilter['sort'], SQL>> = {
  '-created_at': sql`users.created_at DESC, users.id DESC`,
  created_at: sql`users.created_at, users.id`,
  email: sql`users.email`,
  '-email': sql`users.email DESC`,
};

const flagged = (column: SQL, value: boolean | undefined) =>
  value === undefined ? undefined : sql`${column} = ${value}::boolean`;

/** The index knows three characters in a row; of less it knows the beginning of a word, so that is what is looked for. */
function searched(q: string): SQL {
  const id = parseId(q);
  if (id) return sql`users.id = ${id}::uuid`;
  const escaped = q.toLowerCase().replaceAll(/[\\%_]/g, '\\$&');
  const pattern = /[\p{L}\p{N}]{3}/u.test(q) ? `%${escaped}%` : `${escaped}%`;
  return sql`(users.email LIKE ${pattern} OR users.username ILIKE ${pattern})`;
}

/**
 * From the subscriptions of the plan, which may be few, or from the users, who are many: each of them is asked, the
 * first in order first, until the page is full. Where hardly anybody is without a plan, that is all of them.
 */
const onPlan = (code: string, settings: AdminDeps['settings']): SQL =>
  code === FREE_PLAN_CODE
    ? sql`NOT EXISTS (
        SELECT FROM subscriptions AS s JOIN plans ON plans.id = s.plan_id
        WHERE s.user_id = users.id AND ${grantsAccess(settings)} AND plans.code <> ${FREE_PLAN_CODE})`
    : sql`users.id IN (
        SELECT s.user_id FROM subscriptions AS s
        WHERE s.plan_id = (SELECT id FROM plans WHERE code = ${code}) AND ${grantsAccess(settings)})`;
