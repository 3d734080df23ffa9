import { setRefreshCookie } from '../http/refresh-cookie.ts';
import type { AppContext } from '../http/router.ts';
import type * as contract from './contract.ts';
import type { SessionTokens } from './open-session.ts';
import type { Profile } from './profile.ts';
import type { SessionOfAccount } from './sessions.ts';
import type { User } from './store.ts';

/** Puts the refresh token into its cookie and gives what goes into the body. */
export function grantTokens(c: AppContext, tokens: SessionTokens) {
  c.set('userId', tokens.userId);
  setRefreshCookie(c, tokens);
  return { token: tokens.accessToken, type: 'Bearer' as const, expires_in: tokens.expiresInSeconds };
}

/** An account as the wire has it. */
export const toUserResponse = (user: User): contract.User => ({
  id: user.id,
  email: user.email,
  username: user.username,
  provider: user.provider,
  is_active: user.isActive,
  is_verified: user.isVerified,
  is_admin: user.isAdmin,
  created_at: user.createdAt.toISOString(),
});

/** A profile as the wire has it. */
export const toProfileResponse = (profile: Profile) => ({
  user_id: profile.userId,
  first_name: profile.firstName,
  last_name: profile.lastName,
  profile_img: profile.profileImg,
  updated_at: profile.updatedAt.toISOString(),
});

/** A session as the wire has it. */
export const toSessionResponse = <S extends SessionOfAccount>({
  created_at,
  last_used_at,
  ...session
}: S) => ({
  ...session,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at.toISOString(),
});
