import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done, id, instant } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import type { SessionId, UserId } from '../ids.ts';
import { authorize, authorizeRead } from './authorize.ts';
import { deviceOf, placeOf } from './device.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';

/** A place where the account is signed in. */
export type SessionOfAccount = z.output<typeof sessionRow>;
export type Session = SessionOfAccount & { readonly current: boolean };

const sessionRow = z
  .object({
    id: id<SessionId>(),
    created_at: instant,
    last_used_at: instant,
    ip: z.string().nullable(),
    user_agent: z.string().nullable(),
    country: z.string().nullable(),
    city: z.string().nullable(),
  })
  .transform(({ country, city, ...row }) => ({
    ...row,
    device: deviceOf(row.user_agent),
    place: placeOf({ country, city }),
  }));

/** A session is listed while somebody holds a refresh token that could continue it. */
const STANDS = sql`sessions.revoked_at IS NULL AND sessions.expires_at > now() AND EXISTS (
  SELECT FROM refresh_tokens
  WHERE family_id = sessions.id AND refresh_tokens.revoked_at IS NULL AND refresh_tokens.expires_at > now())`;

/** The account's sessions, the last used first. One round trip. */
export async function listSessions(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  page: { limit: number; offset: number },
): Promise<{ sessions: Session[]; total: number }> {
  const { results } = await authorizeRead(deps, claims, { unverified: true }, [
    sessionsOf(claims.userId, page),
    countSessions(claims.userId),
  ]);
  const [rows, [count]] = results;
  return {
    sessions: rows.map((row) => ({ ...row, current: row.id === claims.sessionId })),
    total: count?.total ?? 0,
  };
}

/** Where an account is signed in, the last used first. */
export const sessionsOf = (userId: UserId, page: { limit: number; offset: number }) =>
  statement(
    sessionRow,
    sql`SELECT id, created_at, last_used_at, ip, user_agent, country, city FROM sessions
        WHERE user_id = ${userId}::uuid AND ${STANDS}
        ORDER BY last_used_at DESC, id LIMIT ${page.limit} OFFSET ${page.offset}`,
  );

export const countSessions = (userId: UserId) =>
  statement(
    z.object({ total: z.number() }),
    sql`SELECT count(*)::int AS total FROM sessions WHERE user_id = ${userId}::uuid AND ${STANDS}`,
  );

/**
 * Signs one of the account's own sessions out. Two round trips.
 *
 * @throws {AppError} `session_not_found`, for another's session as for none
 */
export async function revokeSession(
  deps: Pick<AuthDeps, 'db'>,
  claims: AccessClaims,
  sessionId: SessionId,
  origin: Origin,
): Promise<void> {
  const user = await authorize(deps, claims, { unverified: true });
  const [[revoked]] = await deps.db.batch([endSession(user.id, sessionId, origin), revokeTokens(sessionId)]);
  if (!revoked) throw new AppError('session_not_found');
}

const endSession = (userId: UserId, sessionId: SessionId, origin: Origin) =>
  statement(
    done,
    sql`WITH ended AS (
          UPDATE sessions SET revoked_at = now()
          WHERE id = ${sessionId} AND user_id = ${userId} AND revoked_at IS NULL AND expires_at > now()
          RETURNING id, user_id
        ),
        ${eventCte('session.revoked', 'session', origin, sql`SELECT user_id, id, NULL, NULL FROM ended`)}
        SELECT 1 AS done FROM ended`,
  );

/** Waits behind a rotation in flight through the statement before it, and so sees the row that it inserted. */
export const revokeTokens = (sessionId: SessionId) =>
  statement(
    done,
    sql`UPDATE refresh_tokens SET revoked_at = now() FROM sessions
        WHERE family_id = ${sessionId} AND sessions.id = family_id AND sessions.revoked_at IS NOT NULL
          AND refresh_tokens.revoked_at IS NULL`,
  );
