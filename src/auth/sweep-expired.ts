import { type SQL, sql } from 'drizzle-orm';
import { type Batch, deleteBatch } from '../db/delete-batch.ts';
import { FAILURE_MEMORY_SECONDS } from './rules.ts';

/** Nothing here is valid by then; the margin is for whoever looks into what happened. */
const A_DAY = sql.raw(`interval '1 day'`);

/** For as long a device is recognised after it was last signed in. */
const SESSION_MEMORY = sql.raw(`interval '30 days'`);

/** For as long it can be seen that a key ended, and when it was last used. */
const KEY_MEMORY = sql.raw(`interval '30 days'`);

/** A session that has been over for some time, by whichever end came first. */
const overSince = (margin: SQL) =>
  sql`(sessions.revoked_at < now() - ${margin} OR sessions.expires_at < now() - ${margin})`;

/**
 * What accounts leave behind, in the order in which it has to go. Validity is judged when something is used, never by
 * whether a sweep has been here: these delete what could not be used any more.
 */
export const EXPIRED: Readonly<Record<string, Batch>> = {
  // A verification link that was used may be clicked again, for as long as the account has that address.
  one_time_tokens: deleteBatch(
    'one_time_tokens',
    sql`one_time_tokens.expires_at < now() - ${A_DAY}
        AND NOT (one_time_tokens.purpose = 'verify_email' AND one_time_tokens.used_at IS NOT NULL)`,
  ),
  login_codes: deleteBatch('login_codes', sql`login_codes.expires_at < now() - ${A_DAY}`),
  // Spent tokens of a session that lives are what its reuse detection works with: they go with the session.
  refresh_tokens: deleteBatch(
    'refresh_tokens',
    sql`EXISTS (SELECT FROM sessions WHERE sessions.id = refresh_tokens.family_id AND ${overSince(A_DAY)})`,
  ),
  // Only once its tokens are gone: there may be thousands, and a cascade knows no bound.
  sessions: deleteBatch(
    'sessions',
    sql`${overSince(SESSION_MEMORY)}
        AND NOT EXISTS (SELECT FROM refresh_tokens WHERE refresh_tokens.family_id = sessions.id)`,
  ),
  api_keys: deleteBatch(
    'api_keys',
    sql`(api_keys.revoked_at < now() - ${KEY_MEMORY} OR api_keys.expires_at < now() - ${KEY_MEMORY})`,
  ),
  login_throttles: deleteBatch(
    'login_throttles',
    sql`coalesce(greatest(failed_at[1], locked_until), '-infinity')
        < now() - make_interval(secs => ${FAILURE_MEMORY_SECONDS}) - ${A_DAY}`,
  ),
};
