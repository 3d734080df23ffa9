import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { statement } from '../db/client.ts';
import { instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { UserId } from '../ids.ts';
import { authorize, authorizeRead } from './authorize.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import type { User } from './store.ts';

/** What an account says of itself. */
export type Profile = {
  readonly userId: UserId;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly profileImg: string | null;
  readonly updatedAt: Date;
};

/** `undefined` leaves a field as it is, `null` clears it. */
export type ProfileChange = {
  readonly first_name?: string | null | undefined;
  readonly last_name?: string | null | undefined;
  readonly profile_img?: string | null | undefined;
};

const row = z.object({
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  profile_img: z.string().nullable(),
  updated_at: instant,
});

/** The own profile; empty where nothing was said yet. One round trip. */
export async function readProfile(deps: Pick<AuthDeps, 'db'>, claims: AccessClaims): Promise<Profile> {
  const { user, results } = await authorizeRead(deps, claims, { unverified: true }, [
    profileOf(claims.userId),
  ]);
  return toProfile(user, results[0][0]);
}

/** Changes the named fields of the own profile, and no other whatever else changes meanwhile. Two round trips. */
export async function changeProfile(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  change: ProfileChange,
): Promise<Profile> {
  const user = await authorize(deps, claims, { unverified: true });
  const [changed] = await deps.db.query(saveProfile(claims, change));
  if (!changed) throw new AppError('invalid_token');
  return toProfile(user, changed);
}

/** What stands in the row of {@link profileOf}; empty where nothing was said yet. */
export const toProfile = (user: User, found: z.output<typeof row> | undefined): Profile => ({
  userId: user.id,
  firstName: found?.first_name ?? null,
  lastName: found?.last_name ?? null,
  profileImg: found?.profile_img ?? null,
  updatedAt: found?.updated_at ?? user.createdAt,
});

export const profileOf = (userId: UserId) =>
  statement(
    row,
    sql`SELECT first_name, last_name, profile_img, updated_at FROM profiles WHERE user_id = ${userId}`,
  );

/**
 * An upsert, so that of two first changes at once both are kept. No row when the session has ended: it is locked, so
 * that whoever ends it by taking the account over sees this change, and removes it.
 */
function saveProfile({ userId, sessionId }: AccessClaims, change: ProfileChange) {
  const kept = (column: 'first_name' | 'last_name' | 'profile_img'): SQL =>
    sql.raw(`${change[column] === undefined ? 'profiles' : 'excluded'}.${column}`);
  return statement(
    row,
    sql`INSERT INTO profiles (user_id, first_name, last_name, profile_img)
        SELECT users.id, ${change.first_name ?? null}, ${change.last_name ?? null}, ${change.profile_img ?? null}
        FROM users JOIN (
          SELECT user_id FROM sessions
          WHERE id = ${sessionId} AND user_id = ${userId} AND revoked_at IS NULL AND expires_at > now()
          FOR SHARE
        ) AS session ON session.user_id = users.id
        WHERE users.is_active
        ON CONFLICT (user_id) DO UPDATE SET
          first_name = ${kept('first_name')}, last_name = ${kept('last_name')}, profile_img = ${kept('profile_img')}
        RETURNING first_name, last_name, profile_img, updated_at`,
  );
}
