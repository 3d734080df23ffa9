import { type SQL, sql } from 'drizzle-orm';
import type { OutboxId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { deviceOf, placeOf } from './device.ts';
import type { ClientInfo } from './ports.ts';

/** A user agent but for its version numbers: what stays the same when a browser is brought up to date. */
const shape = (userAgent: SQL) => sql`regexp_replace(${userAgent}, '[0-9][0-9._]*', '', 'g')`;

/**
 * The CTEs that tell an owner of a sign-in from a device the account was not used on before: a part of `sessionCtes`, for
 * the same CTE `account(id)`; `device_mail` has a row when a
 * mail was written, which then has to be announced.
 *
 * None at the very first sign-in, and none to an address that was never proven. Sessions that begin at the same moment
 * don't see each other, so that a few may each be told of: as many as the quota of mails allows. It is counted by
 * account: not every way to sign in knows the address beforehand.
 */
export function newDeviceCtes(id: OutboxId, client: ClientInfo): SQL {
  return sql`
    device_letter AS (
      SELECT users.id AS user_id, 'new_device' AS kind, users.email AS recipient,
             jsonb_build_object(
               'username', users.username,
               'device', ${deviceOf(client.userAgent) ?? 'An unknown device'}::text,
               'place', ${placeOf(client)}::text,
               'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
             ) AS payload
      FROM account JOIN users ON users.id = account.id
      WHERE users.is_verified
        AND EXISTS (SELECT FROM sessions WHERE sessions.user_id = users.id)
        AND NOT EXISTS (
          SELECT FROM sessions
          WHERE sessions.user_id = users.id
            AND ${shape(sql`sessions.user_agent`)} IS NOT DISTINCT FROM ${shape(sql`${client.userAgent}::text`)}
        )
    ),
    ${mailCtes(id, sql`letter.user_id::text`, 'device_')}`;
}
