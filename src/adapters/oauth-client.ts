import { CodeChallengeMethod, OAuth2Client, OAuth2Tokens } from 'arctic';
import { AppError } from '../errors.ts';
import { readAnswer } from './read-answer.ts';

/** For all that is asked about one sign-in together: a caller hears within ten seconds, the database included. */
const EXCHANGE_TIMEOUT_MS = 5_000;

/** Some addresses and a profile are a few kilobytes. */
const ANSWER_MAX_BYTES = 256 * 1_024;

export type OAuthClientOptions = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly scopes: readonly string[];
};

/** What is asked in the course of one sign-in, with one deadline for all of it. */
export type Exchange = {
  /** The JSON at an address, with the user's token; `undefined` where the provider says 403 or 404. */
  get(url: string): Promise<unknown>;
};

/** The authorization code grant with PKCE, as both providers speak it. */
export type OAuthClient = {
  authorizationUrl(state: string, verifier: string): string;
  /** Exchanges the code for a token, and with it runs `ask`. @throws {AppError} `oauth_provider_error` */
  exchange<T>(code: string, verifier: string, ask: (exchange: Exchange) => Promise<T>): Promise<T>;
};

/** An answer that is not what it should be. Its message is ours: what the provider wrote goes nowhere. */
class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/**
 * The requests are our own: arctic's know no deadline, read any number of bytes and follow redirects, with the
 * client's secret. And both providers take the secret in the body, which not all stand-ins for them do by HTTP Basic.
 */
export function createOAuthClient(options: OAuthClientOptions): OAuthClient {
  const { clientId, clientSecret, redirectUri, tokenEndpoint } = options;
  const client = new OAuth2Client(clientId, clientSecret, redirectUri);
  return {
    authorizationUrl: (state, verifier) =>
      client
        .createAuthorizationURLWithPKCE(
          options.authorizationEndpoint,
          state,
          CodeChallengeMethod.S256,
          verifier,
          [...options.scopes],
        )
        .toString(),

    async exchange(code, verifier, ask) {
      const signal = AbortSignal.timeout(EXCHANGE_TIMEOUT_MS);
      try {
        const answer = await readJson(tokenEndpoint, {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'authorization_code',
            code,
            code_verifier: verifier,
            redirect_uri: redirectUri,
            client_id: clientId,
            client_secret: clientSecret,
          }),
          signal,
        });
        const token = accessTokenOf(answer);
        return await ask({
          async get(url) {
            const headers = { Authorization: `Bearer ${token}` };
            return readJson(url, { headers, signal });
          },
        });
      } catch (cause) {
        throw new AppError('oauth_provider_error', { cause });
      }
    },
  };
}

/** Both providers answer some failures with 200 and no token. */
function accessTokenOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null) throw new BadAnswer('no token in the answer');
  const token = new OAuth2Tokens(answer).accessToken();
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) throw new BadAnswer('a token that is none');
  return token;
}

async function readJson(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    // GitHub refuses to answer without a name.
    headers: { Accept: 'application/json', 'User-Agent': 'Tollgate', ...init.headers },
  });
  if (!response.ok) {
    await response.body?.cancel();
    if (response.status === 403 || response.status === 404) return undefined;
    throw new BadAnswer(`status ${response.status}`);
  }
  return readAnswer(response, ANSWER_MAX_BYTES, init.signal ?? undefined);
}
