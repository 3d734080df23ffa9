import { type SQL, sql } from 'drizzle-orm';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import type { OneTimeTokenId, SessionId } from '../ids.ts';

/**
 * Takes the locks under which the credentials of an account may change, to be spread at the head of a batch: what
 * follows then sees every link, session and failure that was committed before, and none can come in between.
 *
 * The order is the one in which all others lock (a verification: link, account; a login: counter, account), so that
 * two never wait for each other. `NO KEY UPDATE`, because a rotation that inserts a token holds its session and wants
 * `KEY SHARE` of the account; a login wants `SHARE` and does wait.
 *
 * @param owner an expression for the account's id; null when there is none
 * @param subjects under which its failures are counted
 */
export const holdCredentials = (owner: SQL, ...subjects: [string, ...string[]]) =>
  [
    statement(
      done,
      sql`SELECT 1 AS done FROM one_time_tokens WHERE user_id = ${owner} ORDER BY id FOR UPDATE`,
    ),
    statement(
      done,
      sql`INSERT INTO login_throttles AS throttle (subject)
          VALUES ${sql.join(
            subjects.toSorted().map((subject) => sql`(${subject})`),
            sql`, `,
          )}
          ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject`,
    ),
    statement(done, sql`SELECT 1 AS done FROM users WHERE id = ${owner} FOR NO KEY UPDATE`),
  ] as const;

/**
 * The CTEs that end what else opens an account: its sessions, its login code, and the links that were mailed for it.
 * To be run after {@link holdCredentials}; a new kind of credential gets its line here. Follow it with
 * {@link revokeTokens}.
 *
 * What stays is the link by which the former owner of a mailbox takes back a change of address: a thief who could kill
 * it by changing the password as well would keep the account.
 *
 * @param account the CTE with the `id` of the account, if it is to be done
 * @param spared the session that asked for it; the link, or that it is the code, which is being used
 */
export function endCredentialsCtes(
  account: SQL,
  spared: { session?: SessionId; link?: OneTimeTokenId; loginCode?: true } = {},
): SQL {
  return sql`
    ended_sessions AS (
      UPDATE sessions SET revoked_at = now() FROM ${account}
      WHERE sessions.user_id = ${account}.id AND sessions.revoked_at IS NULL
        AND sessions.id IS DISTINCT FROM ${spared.session ?? null}::uuid
    ),
    ended_codes AS (
      DELETE FROM login_codes USING ${account}
      WHERE login_codes.user_id = ${account}.id AND NOT ${spared.loginCode ?? false}::boolean
    ),
    ended_links AS (
      DELETE FROM one_time_tokens USING ${account}
      WHERE one_time_tokens.user_id = ${account}.id AND one_time_tokens.purpose <> 'undo_email_change'
        AND one_time_tokens.id IS DISTINCT FROM ${spared.link ?? null}::uuid
    )`;
}

/** For an account whose mailbox was not proven until now: no account elsewhere that somebody tied to it signs in. */
export function endIdentitiesCte(account: SQL): SQL {
  return sql`
    ended_identities AS (DELETE FROM identities USING ${account} WHERE identities.user_id = ${account}.id)`;
}

/** Says in the refresh tokens what {@link endCredentialsCtes} said in the sessions, a rotation's newest included. */
export const revokeTokens = (owner: SQL) =>
  statement(
    done,
    sql`UPDATE refresh_tokens SET revoked_at = now() FROM sessions
        WHERE sessions.id = refresh_tokens.family_id AND sessions.revoked_at IS NOT NULL
          AND refresh_tokens.revoked_at IS NULL AND sessions.user_id = ${owner}`,
  );

/** The CTE that forgets the failures of subjects which are held, once a CTE `account` has a row. */
export function forgiveHeldCte(...subjects: [string, ...string[]]): SQL {
  return sql`
    forgiven AS (
      UPDATE login_throttles SET failures = 0, locks = 0, locked_until = NULL
      FROM account WHERE subject IN (${sql.join(
        subjects.map((subject) => sql`${subject}`),
        sql`, `,
      )})
    )`;
}
