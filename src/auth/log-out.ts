import type { Origin } from '../audit/audit.ts';
import { sha256Hex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import type { AuthDeps } from './ports.ts';
import {
  endSessionsByToken,
  type LogoutScope,
  lockSessions,
  revokeTokensOfEndedSessions,
} from './session-store.ts';

/**
 * Ends the session of a refresh token, or more of its account's by `scope`. One round trip.
 *
 * To end the current session is never an error: with a token that is spent or unknown there is none to end. To end
 * others takes a live token, and whoever asks for it has to hear when it did not happen.
 *
 * @throws {AppError} `refresh_token_invalid`
 */
export async function logOut(
  deps: Pick<AuthDeps, 'db'>,
  refreshToken: string,
  scope: LogoutScope,
  origin: Origin,
): Promise<void> {
  const tokenHash = await sha256Hex(refreshToken);
  const [, [presented]] = await deps.db.batch([
    lockSessions(tokenHash),
    endSessionsByToken(tokenHash, scope, origin),
    revokeTokensOfEndedSessions(tokenHash),
  ]);
  if (scope !== 'current' && !presented?.live) throw new AppError('refresh_token_invalid');
}
