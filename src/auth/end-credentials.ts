import { type SQL, sql } from 'drizzle-orm';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { SessionId } from '../ids.ts';
import type { OneTimePurpose } from './one-time-token.ts';

/**
 * Begins a batch that ends an account's credentials: what follows waits for every login, rotation and use of a
 * link in flight, sees what they wrote, and none of them overtakes it. All such batches lock in this one order,
 * which is also that of using a link: links and codes, the account, its sessions.
 *
 * The account is locked no more than needed: a rotation that inserts a token only asks that the row remains.
 *
 * @param userId an id, or a subquery in parentheses that finds it
 */
export const lockAccount = (userId: SQL) =>
  [
    statement(
      done,
      sql`SELECT 1 AS done FROM one_time_tokens WHERE user_id = ${userId} ORDER BY purpose FOR UPDATE`,
    ),
    statement(done, sql`SELECT 1 AS done FROM login_codes WHERE user_id = ${userId} FOR UPDATE`),
    statement(done, sql`SELECT 1 AS done FROM users WHERE id = ${userId} FOR NO KEY UPDATE`),
    statement(
      done,
      sql`SELECT 1 AS done FROM sessions WHERE user_id = ${userId} AND revoked_at IS NULL ORDER BY id FOR UPDATE`,
    ),
  ] as const;

/**
 * The CTEs that end every credential of the one row of a CTE `account(id)`, to be used after {@link lockAccount}.
 * Links and codes are deleted rather than marked: a link that was used may still be clicked without harm.
 *
 * @param spare a session that lives on, and links that do
 */
export function endCredentialsCtes(spare: { session?: SessionId; links?: OneTimePurpose } = {}): SQL {
  const { session = null, links = null } = spare;
  return sql`
    ended_sessions AS (
      UPDATE sessions SET revoked_at = now() FROM account
      WHERE sessions.user_id = account.id AND sessions.revoked_at IS NULL
        AND sessions.id IS DISTINCT FROM ${session}::uuid
    ),
    ended_tokens AS (
      UPDATE refresh_tokens SET revoked_at = now() FROM account
      WHERE refresh_tokens.user_id = account.id AND refresh_tokens.revoked_at IS NULL
        AND refresh_tokens.family_id IS DISTINCT FROM ${session}::uuid
    ),
    ended_links AS (
      DELETE FROM one_time_tokens USING account
      WHERE one_time_tokens.user_id = account.id AND one_time_tokens.purpose IS DISTINCT FROM ${links}::text
    ),
    ended_codes AS (
      DELETE FROM login_codes USING account WHERE login_codes.user_id = account.id
    )`;
}
