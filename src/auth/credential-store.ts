import { type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { type Db, type Results, type Statement, statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { textArray } from '../db/text-array.ts';
import type { OneTimeTokenId, SessionId } from '../ids.ts';
import type { OneTimePurpose } from './one-time-token.ts';
import { ADMIN_SCOPES } from './scopes.ts';

/**
 * Runs statements as one transaction under the locks with which the credentials of an account may change: they see
 * every link, session and failure that was committed before, and none can come in between.
 *
 * The order of the locks is the one in which all others lock (a verification: link, account; a login: counter,
 * account; a log-out: sessions by id), so that no two wait for each other. The account is locked no more than needed:
 * a rotation that inserts a token holds its session and asks that the account's row remains; a login waits.
 *
 * @param owners a SELECT that gives the id of the account; of two, when another one has to give way
 * @param subjects under which its failures are counted, when they matter
 * @param before what has to happen first in the same transaction, its rows are of no interest
 */
export async function changeCredentials<const S extends readonly Statement<z.ZodType>[]>(
  db: Db,
  owners: SQL,
  subjects: readonly string[],
  statements: S,
  before: readonly Statement<z.ZodType>[] = [],
): Promise<Results<S>> {
  const locks = [
    ...before,
    lockLinks(owners),
    ...subjects.toSorted().map(lockCounter),
    ...lockAccounts(owners),
  ] as const;
  const results = await db.batch([...locks, ...statements]);
  return results.slice(locks.length) as Results<S>;
}

/**
 * The head of {@link changeCredentials}, for what only replaces a link. Not in the order of ids: a newer link gives its
 * row another one, and two that meet while it does would lock in different orders.
 */
export const lockLinks = (owners: SQL) =>
  statement(
    done,
    sql`SELECT 1 AS done FROM one_time_tokens WHERE user_id IN (${owners}) ORDER BY user_id, purpose FOR UPDATE`,
  );

const lockCounter = (subject: string) =>
  statement(
    done,
    sql`INSERT INTO login_throttles AS throttle (subject) VALUES (${subject})
        ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject`,
  );

const lockAccounts = (owners: SQL) => [
  statement(
    done,
    sql`SELECT 1 AS done FROM login_codes WHERE user_id IN (${owners}) ORDER BY user_id FOR UPDATE`,
  ),
  statement(done, sql`SELECT 1 AS done FROM users WHERE id IN (${owners}) ORDER BY id FOR NO KEY UPDATE`),
  statement(
    done,
    sql`SELECT 1 AS done FROM sessions WHERE user_id IN (${owners}) AND revoked_at IS NULL ORDER BY id FOR UPDATE`,
  ),
];

/**
 * The CTEs that end what opens an account: its sessions with their tokens, its login code, the links that were mailed
 * for it, and its API keys. A new kind of credential gets its line here. To be run by {@link changeCredentials}.
 *
 * @param account the CTE with the `id` of the account, if it is to be done
 * @param spared the session that asked for it; the link, or that it is the code, which is being used; a kind of link;
 *   the keys, which a password has nothing to do with
 */
export function endCredentialsCtes(
  account: SQL,
  spared: {
    session?: SessionId;
    link?: OneTimeTokenId;
    links?: OneTimePurpose;
    loginCode?: true;
    keys?: true;
  } = {},
): SQL {
  const { session = null, link = null, links = null, loginCode = false, keys = false } = spared;
  return sql`
    ended_sessions AS (
      UPDATE sessions SET revoked_at = now() FROM ${account}
      WHERE sessions.user_id = ${account}.id AND sessions.revoked_at IS NULL
        AND sessions.id IS DISTINCT FROM ${session}::uuid
    ),
    ended_tokens AS (
      UPDATE refresh_tokens SET revoked_at = now() FROM ${account}
      WHERE refresh_tokens.user_id = ${account}.id AND refresh_tokens.revoked_at IS NULL
        AND refresh_tokens.family_id IS DISTINCT FROM ${session}::uuid
    ),
    ended_links AS (
      DELETE FROM one_time_tokens USING ${account}
      WHERE one_time_tokens.user_id = ${account}.id
        AND one_time_tokens.id IS DISTINCT FROM ${link}::uuid
        AND one_time_tokens.purpose IS DISTINCT FROM ${links}::text
    ),
    ended_codes AS (
      DELETE FROM login_codes USING ${account}
      WHERE login_codes.user_id = ${account}.id AND NOT ${loginCode}::boolean
    )${keys ? sql`` : sql`, ${endKeysCte(account)}`}`;
}

/** The CTE that ends the API keys of an account. */
export const endKeysCte = (account: SQL): SQL => sql`
    ended_keys AS (
      UPDATE api_keys SET revoked_at = now() FROM ${account}
      WHERE api_keys.user_id = ${account}.id AND api_keys.revoked_at IS NULL
    )`;

/**
 * The CTE that ends the API keys of an account that are for administrators, once it is none any more: they must not come
 * back to life with the next promotion. Under the locks of {@link changeCredentials}.
 */
export const endAdminKeysCte = (account: SQL): SQL => sql`
    ended_keys AS (
      UPDATE api_keys SET revoked_at = now() FROM ${account}
      WHERE api_keys.user_id = ${account}.id AND api_keys.revoked_at IS NULL
        AND api_keys.scopes && ${textArray([...ADMIN_SCOPES])}
    )`;

/**
 * What a thief of a password must not be able to end by changing it as well: the link by which the former owner of a
 * mailbox takes a change of address back.
 */
export const UNDO_STAYS = { links: 'undo_email_change' } as const;

/**
 * The CTEs that leave nothing of what was tied to an account before its mailbox was proven. Somebody else may have
 * registered the address first and be waiting for its owner to arrive (pre-hijacking): no account elsewhere that they
 * linked signs in, and what they said of themselves is gone. Its password is the caller's to replace or remove.
 */
export function endRegistrantCtes(account: SQL): SQL {
  return sql`
    ended_identities AS (DELETE FROM identities USING ${account} WHERE identities.user_id = ${account}.id),
    ended_profile AS (DELETE FROM profiles USING ${account} WHERE profiles.user_id = ${account}.id)`;
}

/** The CTE that forgets the failures of subjects which are held, once a CTE `account` has a row. */
export function forgiveHeldCte(...subjects: [string, ...string[]]): SQL {
  return sql`
    forgiven AS (
      UPDATE login_throttles SET failed_at = '{}', locks = 0, locked_until = NULL
      FROM account WHERE subject IN (${sql.join(
        subjects.map((subject) => sql`${subject}`),
        sql`, `,
      )})
    )`;
}
