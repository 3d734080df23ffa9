import { sha256Hex, toBase64Url } from '../encoding.ts';
import { newId, type OutboxId, type UserId } from '../ids.ts';
import type { AddedClaims } from './added-claims.ts';
import type { AccessClaims, AuthDeps, ClientInfo } from './ports.ts';
import type { LoginMethod, NewSession } from './session-store.ts';

const REFRESH_TOKEN_BYTES = 32;

/** What a signed-in client holds. */
export type SessionTokens = {
  readonly userId: UserId;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly refreshExpiresAt: Date;
};

/** A session that a statement with `sessionCtes` may begin; the token is worth nothing until it has. */
export async function draftSession(
  deps: Pick<AuthDeps, 'settings' | 'tokenClaims'>,
  client: ClientInfo,
  method: LoginMethod,
): Promise<{ row: NewSession; refreshToken: string }> {
  const refreshToken = toBase64Url(crypto.getRandomValues(new Uint8Array(REFRESH_TOKEN_BYTES)));
  const row = {
    id: newId<NewSession['id']>(),
    jti: crypto.randomUUID(),
    tokenHash: await sha256Hex(refreshToken),
    idleSeconds: deps.settings.REFRESH_TOKEN_EXPIRE,
    client,
    method,
    tokenClaims: deps.tokenClaims,
    deviceMail: newId<OutboxId>(),
  };
  return { row, refreshToken };
}

/**
 * The refresh token that follows `parent`: derived, so that two tabs which refresh at once are given the same one,
 * and only by us, because the key is ours.
 */
export async function successorOf(deps: Pick<AuthDeps, 'refreshHash'>, parent: string): Promise<string> {
  return toBase64Url(await deps.refreshHash('successor', parent));
}

/** Hands out tokens for a session that stands in the database. The only place where access tokens are signed. */
export async function issueTokens(
  deps: Pick<AuthDeps, 'settings' | 'accessTokens'>,
  claims: AccessClaims,
  refresh: { token: string; expiresAt: Date },
  added: AddedClaims,
): Promise<SessionTokens> {
  return {
    userId: claims.userId,
    accessToken: await deps.accessTokens.sign(claims, added),
    expiresInSeconds: deps.settings.ACCESS_TOKEN_EXPIRE,
    refreshToken: refresh.token,
    refreshExpiresAt: refresh.expiresAt,
  };
}

/** Ends a sign-in: the session that was drafted stands, so its owner is told where due and its tokens are handed out. */
export async function finishSession(
  deps: Pick<AuthDeps, 'settings' | 'accessTokens' | 'announceMail'>,
  { row, refreshToken }: { row: NewSession; refreshToken: string },
  opened: { userId: UserId; expiresAt: Date; onNewDevice: boolean; addedClaims: AddedClaims },
): Promise<SessionTokens> {
  if (opened.onNewDevice) deps.announceMail(row.deviceMail);
  return issueTokens(
    deps,
    { userId: opened.userId, sessionId: row.id },
    { token: refreshToken, expiresAt: opened.expiresAt },
    opened.addedClaims,
  );
}
