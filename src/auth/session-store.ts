import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import type { OutboxId, SessionId, UserId } from '../ids.ts';
import { addedClaims, readClaims } from './added-claims.ts';
import { newDeviceCtes } from './new-device.ts';
import type { ProviderName } from './oauth-ports.ts';
import type { AccessClaims, ClientInfo, TokenClaims } from './ports.ts';
import { REFRESH_GRACE_SECONDS, SESSION_MAX_AGE_SECONDS } from './rules.ts';

/** Whether the session of a token has not ended; asked again by each statement that acts on what the guard let pass. */
export const sessionStands = ({ userId, sessionId }: AccessClaims) =>
  sql`EXISTS (SELECT FROM sessions
              WHERE sessions.id = ${sessionId}::uuid AND sessions.user_id = ${userId}::uuid
                AND sessions.revoked_at IS NULL AND sessions.expires_at > now())`;

/** With what an account signs in. */
export type LoginMethod = 'password' | 'code' | ProviderName;

/** A session about to begin, with its first refresh token. */
export type NewSession = {
  readonly id: SessionId;
  readonly jti: string;
  readonly tokenHash: string;
  readonly idleSeconds: number;
  readonly client: ClientInfo;
  /** By what it was signed in with, for the audit log. */
  readonly method: LoginMethod;
  readonly tokenClaims: TokenClaims;
  /** The mail that tells of a device the account was not used on before. */
  readonly deviceMail: OutboxId;
};

/**
 * The CTEs that begin a session for the one row of a CTE `account(id)`: they give its `token(expires_at, added_claims)`,
 * and a row of `device_mail` when its owner is told of the device.
 */
export function sessionCtes(session: NewSession): SQL {
  return sql`
    session AS (
      INSERT INTO sessions (id, user_id, ip, user_agent, country, city, expires_at)
      SELECT ${session.id}::uuid, account.id, ${session.client.ip}, ${session.client.userAgent},
             ${session.client.country}, ${session.client.city},
             now() + make_interval(secs => ${SESSION_MAX_AGE_SECONDS})
      FROM account
      RETURNING id, user_id, expires_at
    ),
    token AS (
      INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
      SELECT user_id, id, ${session.jti}::uuid, ${session.tokenHash},
             least(expires_at, now() + make_interval(secs => ${session.idleSeconds}))
      FROM session
      RETURNING expires_at, ${readClaims(session.tokenClaims, sql`refresh_tokens.user_id`)} AS added_claims
    ),
    ${eventCte(
      'auth.login',
      'session',
      session.client,
      sql`SELECT user_id, id, NULL, jsonb_build_object('method', ${session.method}::text) FROM session`,
    )},
    ${newDeviceCtes(session.deviceMail, session.client)}`;
}

/**
 * Makes whatever follows in the batch wait for any other rotation or revocation in the same family, and see it.
 * Without the lock a revocation would miss the row that a rotation in flight is about to insert.
 */
export const lockFamily = (tokenHash: string) =>
  statement(
    done,
    sql`SELECT 1 AS done FROM sessions JOIN refresh_tokens ON refresh_tokens.family_id = sessions.id
        WHERE refresh_tokens.token_hash = ${tokenHash} FOR UPDATE OF sessions`,
  );

/**
 * The same for every session of the token's account, in one order for all: two devices that sign each other out at
 * the same moment would otherwise each hold the row that the other waits for.
 */
export const lockSessions = (tokenHash: string) =>
  statement(
    done,
    sql`SELECT 1 AS done FROM sessions
        WHERE user_id = (SELECT user_id FROM refresh_tokens WHERE token_hash = ${tokenHash}) AND revoked_at IS NULL
        ORDER BY id FOR UPDATE`,
  );

export type Rotation = {
  readonly tokenHash: string;
  readonly successorHash: string;
  readonly successorJti: string;
  readonly idleSeconds: number;
  readonly client: ClientInfo;
  readonly tokenClaims: TokenClaims;
};

/**
 * Spends a refresh token, or catches its second use; to be run after {@link lockFamily} in one batch. No row: the
 * token was never ours.
 *
 * - `rotated`: it was live; its successor is.
 * - `repeated`: it was spent within the grace and its successor is still live, which is then handed out again. The
 *   successor can be named twice because it is derived from its parent, not drawn.
 * - `reused`: it was spent. One of two holders is a thief, so the family dies (RFC 9700 §4.14.2).
 * - `refused`: expired, revoked, or the account is no longer active.
 */
export const rotate = (rotation: Rotation) =>
  statement(
    z.object({
      outcome: z.enum(['rotated', 'repeated', 'reused', 'refused']),
      user_id: id<UserId>(),
      session_id: id<SessionId>(),
      expires_at: instant,
      added_claims: addedClaims,
    }),
    sql`WITH presented AS (
          SELECT token.jti, token.user_id, token.family_id, sessions.expires_at AS session_end,
                 successor.expires_at AS successor_end,
                 CASE
                   WHEN token.replaced_by_jti IS NOT NULL AND NOT coalesce(
                     token.revoked_at > now() - make_interval(secs => ${REFRESH_GRACE_SECONDS})
                       AND successor.revoked_at IS NULL
                       AND successor.token_hash = ${rotation.successorHash}
                       AND sessions.revoked_at IS NULL, false) THEN 'reused'
                   WHEN sessions.revoked_at IS NOT NULL OR sessions.expires_at <= now() OR NOT users.is_active
                     THEN 'refused'
                   WHEN token.replaced_by_jti IS NOT NULL THEN 'repeated'
                   WHEN token.revoked_at IS NOT NULL OR token.expires_at <= now() THEN 'refused'
                   ELSE 'rotated'
                 END AS outcome
          FROM refresh_tokens AS token
          JOIN sessions ON sessions.id = token.family_id
          JOIN users ON users.id = token.user_id
          LEFT JOIN refresh_tokens AS successor ON successor.jti = token.replaced_by_jti
          WHERE token.token_hash = ${rotation.tokenHash}
        ),
        successor AS (
          INSERT INTO refresh_tokens (user_id, family_id, jti, token_hash, expires_at)
          SELECT user_id, family_id, ${rotation.successorJti}::uuid, ${rotation.successorHash},
                 least(session_end, now() + make_interval(secs => ${rotation.idleSeconds}))
          FROM presented WHERE outcome = 'rotated'
          RETURNING family_id, jti, expires_at
        ),
        spent AS (
          UPDATE refresh_tokens SET revoked_at = now(), replaced_by_jti = successor.jti
          FROM successor WHERE refresh_tokens.token_hash = ${rotation.tokenHash}
        ),
        seen AS (
          UPDATE sessions
          SET last_used_at = now(), ip = ${rotation.client.ip}, user_agent = ${rotation.client.userAgent},
              country = ${rotation.client.country}, city = ${rotation.client.city}
          FROM successor WHERE sessions.id = successor.family_id
        ),
        ended AS (
          UPDATE sessions SET revoked_at = now()
          FROM presented WHERE sessions.id = presented.family_id AND presented.outcome = 'reused'
            AND sessions.revoked_at IS NULL
          RETURNING sessions.id, sessions.user_id
        ),
        killed AS (
          UPDATE refresh_tokens SET revoked_at = now()
          FROM presented WHERE refresh_tokens.family_id = presented.family_id AND presented.outcome = 'reused'
            AND refresh_tokens.revoked_at IS NULL
        ),
        ${eventCte(
          'auth.refresh_reused',
          'user',
          rotation.client,
          // One of two holders is a thief, so nobody knows who this is.
          sql`SELECT NULL, user_id, NULL, jsonb_build_object('session_id', id) FROM ended`,
        )}
        SELECT presented.outcome, presented.user_id, presented.family_id AS session_id,
               coalesce(successor.expires_at, presented.successor_end, presented.session_end) AS expires_at,
               ${readClaims(rotation.tokenClaims, sql`presented.user_id`)} AS added_claims
        FROM presented LEFT JOIN successor ON true`,
  );

/** Which sessions of an account a log-out ends. */
export type LogoutScope = 'current' | 'others' | 'all';

/**
 * Ends sessions on presentation of a refresh token. A live one, or the immediate parent of one within the grace, may
 * end any of the account's; one that was spent or revoked ends its own family alone, so that a stolen old token can
 * not sign its owner out everywhere.
 * A session's own row decides; {@link revokeTokensOfEndedSessions} then says the same in its tokens.
 */
export const endSessionsByToken = (tokenHash: string, scope: LogoutScope, origin: Origin) =>
  statement(
    z.object({ live: z.boolean() }),
    sql`WITH presented AS (
          SELECT token.user_id, token.family_id,
                 sessions.revoked_at IS NULL AND sessions.expires_at > now() AND coalesce(
                   token.revoked_at IS NULL AND token.expires_at > now()
                   OR token.revoked_at > now() - make_interval(secs => ${REFRESH_GRACE_SECONDS})
                     AND successor.revoked_at IS NULL AND successor.expires_at > now(), false) AS live
          FROM refresh_tokens AS token
          JOIN sessions ON sessions.id = token.family_id
          LEFT JOIN refresh_tokens AS successor ON successor.jti = token.replaced_by_jti
          WHERE token.token_hash = ${tokenHash}
        ),
        ended AS (
          UPDATE sessions SET revoked_at = now()
          FROM presented
          WHERE sessions.user_id = presented.user_id AND sessions.revoked_at IS NULL
            AND CASE WHEN NOT presented.live THEN sessions.id = presented.family_id
                     WHEN ${scope}::text = 'current' THEN sessions.id = presented.family_id
                     WHEN ${scope}::text = 'others' THEN sessions.id <> presented.family_id
                     ELSE true END
          RETURNING sessions.id
        ),
        ${eventCte(
          'auth.logout',
          'session',
          origin,
          sql`SELECT user_id, family_id, NULL,
                     jsonb_build_object('scope', ${scope}::text, 'sessions_ended', (SELECT count(*) FROM ended))
              FROM presented WHERE EXISTS (SELECT FROM ended)`,
        )}
        SELECT live FROM presented`,
  );

/** Follows {@link endSessionsByToken} in the batch; a statement of its own, to see rows a rotation just inserted. */
export const revokeTokensOfEndedSessions = (tokenHash: string) =>
  statement(
    done,
    sql`UPDATE refresh_tokens SET revoked_at = now()
        FROM sessions
        WHERE sessions.id = refresh_tokens.family_id AND sessions.revoked_at IS NOT NULL
          AND refresh_tokens.revoked_at IS NULL
          AND sessions.user_id = (SELECT user_id FROM refresh_tokens WHERE token_hash = ${tokenHash})`,
  );
