import { sha256Hex } from '../encoding.ts';
import type { AuthDeps } from './ports.ts';
import {
  endSessionsByToken,
  type LogoutScope,
  lockSessions,
  revokeTokensOfEndedSessions,
} from './session-store.ts';

/** Ends the session of a refresh token, or more of its account's by `scope`. A token we do not know ends nothing. */
export async function logOut(
  deps: Pick<AuthDeps, 'db'>,
  refreshToken: string,
  scope: LogoutScope,
): Promise<void> {
  const tokenHash = await sha256Hex(refreshToken);
  await deps.db.batch([
    lockSessions(tokenHash),
    endSessionsByToken(tokenHash, scope),
    revokeTokensOfEndedSessions(tokenHash),
  ]);
}
