import { parseId, type SessionId, type UserId } from './ids.ts';

/** Only this kind is an access token (RFC 8725 §3.11: explicit typing). */
export const TOKEN_TYPE = 'at+jwt';

/** Ours are under 800 characters; nothing longer is worth a signature check. */
export const TOKEN_MAX_LENGTH = 4_096;

/**
 * What a token is checked for beside its signature, by the service itself and by {@link createVerifier} elsewhere. The
 * algorithms come from configuration and never from the token (RFC 8725 §3.1).
 */
export const tokenChecks = (expected: {
  readonly algorithms: readonly string[];
  readonly issuer: string;
  readonly audience: string;
}) => ({
  algorithms: [...expected.algorithms],
  typ: TOKEN_TYPE,
  issuer: expected.issuer,
  audience: expected.audience,
  requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp'],
});

/** The account and the session that verified claims name; `undefined` where they name none. */
export function subjectOf(payload: {
  readonly [claim: string]: unknown;
}): { readonly userId: UserId; readonly sessionId: SessionId } | undefined {
  const userId = parseId<UserId>(String(payload.sub));
  const sessionId = parseId<SessionId>(String(payload.sid));
  return userId && sessionId && { userId, sessionId };
}
