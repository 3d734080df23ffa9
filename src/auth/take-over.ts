import { type SQL, sql } from 'drizzle-orm';

/**
 * The CTEs that hand an unproven account to whoever has just proven its mailbox. They follow a CTE `claimed(id)` of at
 * most one row. Somebody else may have registered the address first and be waiting for its owner to arrive
 * (pre-hijacking), so nothing that registrant set or holds stays: no password, session, link, code, identity, profile.
 *
 * Sessions that are being opened meanwhile are only seen when the account was locked by an earlier statement.
 *
 * @param provider by what the account signs in from now on
 */
export function takeOverCtes(provider: 'local' | 'google' | 'github'): SQL {
  return sql`
    stripped AS (
      UPDATE users SET password_hash = NULL, is_verified = true, provider = ${provider}
      FROM claimed WHERE users.id = claimed.id
    ),
    ended AS (
      UPDATE sessions SET revoked_at = now()
      FROM claimed WHERE sessions.user_id = claimed.id AND sessions.revoked_at IS NULL
    ),
    killed AS (
      UPDATE refresh_tokens SET revoked_at = now()
      FROM claimed WHERE refresh_tokens.user_id = claimed.id AND refresh_tokens.revoked_at IS NULL
    ),
    unlinked AS (DELETE FROM one_time_tokens USING claimed WHERE one_time_tokens.user_id = claimed.id),
    uncoded AS (DELETE FROM login_codes USING claimed WHERE login_codes.user_id = claimed.id),
    disowned AS (DELETE FROM identities USING claimed WHERE identities.user_id = claimed.id),
    forgotten AS (DELETE FROM profiles USING claimed WHERE profiles.user_id = claimed.id)`;
}
