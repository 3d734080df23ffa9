import { sha256Hex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { issueTokens, type SessionTokens, successorOf } from './open-session.ts';
import type { AuthDeps, ClientInfo } from './ports.ts';
import { lockFamily, rotate } from './session-store.ts';

/**
 * Exchanges a refresh token for its successor and a new access token. One round trip.
 *
 * @throws {AppError} `refresh_token_reused` when it was spent before, which ends its session;
 *   `refresh_token_invalid` when it is unknown, expired or revoked
 */
export async function refreshSession(
  deps: AuthDeps,
  refreshToken: string,
  client: ClientInfo,
): Promise<SessionTokens> {
  const successor = await successorOf(deps, refreshToken);
  const tokenHash = await sha256Hex(refreshToken);
  const [, [presented]] = await deps.db.batch([
    lockFamily(tokenHash),
    rotate({
      tokenHash,
      successorHash: await sha256Hex(successor),
      successorJti: crypto.randomUUID(),
      idleSeconds: deps.settings.REFRESH_TOKEN_EXPIRE,
      client,
      tokenClaims: deps.tokenClaims,
    }),
  ]);
  if (presented?.outcome === 'reused') throw new AppError('refresh_token_reused');
  if (!presented || presented.outcome === 'refused') throw new AppError('refresh_token_invalid');
  return issueTokens(
    deps,
    { userId: presented.user_id, sessionId: presented.session_id },
    { token: successor, expiresAt: presented.expires_at },
    presented.added_claims,
  );
}
