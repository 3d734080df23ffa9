import { inject } from 'vitest';
import { toBase64Url } from '../../src/encoding.ts';
import type { Script } from './odd-provider.ts';
import type { Service } from './service.ts';

export type Provider = 'google' | 'github';

const CLIENT = { id: 'test-client', secret: 'test-client-secret' };

/** The variables with which Google and GitHub are the emulators. */
export function emulated(): Record<string, string> {
  const { google, github } = inject('providers');
  return {
    GOOGLE_CLIENT_ID: CLIENT.id,
    GOOGLE_CLIENT_SECRET: CLIENT.secret,
    GOOGLE_AUTH_URL: `${google}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `${google}/oauth2/token`,
    GOOGLE_USERINFO_URL: `${google}/oauth2/v2/userinfo`,
    GITHUB_CLIENT_ID: CLIENT.id,
    GITHUB_CLIENT_SECRET: CLIENT.secret,
    GITHUB_AUTHORIZE_URL: `${github}/login/oauth/authorize`,
    GITHUB_TOKEN_URL: `${github}/login/oauth/access_token`,
    GITHUB_USER_API: `${github}/user`,
    GITHUB_EMAILS: `${github}/user/emails`,
  };
}

/** The same with the provider that does as its codes say. */
export function odd(): Record<string, string> {
  const { odd: url } = inject('providers');
  return {
    ...emulated(),
    GOOGLE_TOKEN_URL: `${url}/token`,
    GOOGLE_USERINFO_URL: `${url}/userinfo`,
    GITHUB_TOKEN_URL: `${url}/token`,
    GITHUB_USER_API: `${url}/user`,
    GITHUB_EMAILS: `${url}/emails`,
  };
}

/** A sign-in that was begun: what the browser holds, and what the provider was told. */
export type Begun = { state: string; challenge: string; cookie: string; location: URL };

export async function begin(
  service: Service,
  provider: Provider,
  { redirectTo }: { redirectTo?: string } = {},
): Promise<Begun> {
  const query = redirectTo === undefined ? '' : `?redirect_to=${encodeURIComponent(redirectTo)}`;
  const response = await service.fetch(`/${provider}/login${query}`);
  if (response.status !== 302) throw new Error(`login: ${response.status} ${await response.text()}`);
  const location = new URL(response.headers.get('Location') ?? '');
  const [cookie = ''] = response.headers.getSetCookie();
  return {
    location,
    cookie: cookie.split(';')[0] ?? '',
    state: location.searchParams.get('state') ?? '',
    challenge: location.searchParams.get('code_challenge') ?? '',
  };
}

/** The provider sends the browser back. */
export const callback = (
  service: Service,
  provider: Provider,
  query: Record<string, string>,
  init: { cookie?: string; method?: string; headers?: Record<string, string> } = {},
) => service.fetch(`/auth/social/callback/${provider}?${new URLSearchParams(query)}`, init);

/** A code of the odd provider for a sign-in that was begun. */
export const codeFor = (begun: Begun, script: Script) =>
  toBase64Url(new TextEncoder().encode(JSON.stringify({ challenge: begun.challenge, ...script })));

/** A whole sign-in at the odd provider. */
export async function signIn(
  service: Service,
  provider: Provider,
  script: Script,
  options: { redirectTo?: string } = {},
): Promise<Response> {
  const begun = await begin(service, provider, options);
  const code = codeFor(begun, script);
  return callback(service, provider, { code, state: begun.state }, { cookie: begun.cookie });
}

/** Somebody at Google whom nobody else is. */
export const asGoogle = (info: Record<string, unknown> = {}): Script => ({
  userinfo: {
    json: {
      sub: crypto.randomUUID(),
      email: `g-${crypto.randomUUID()}@acme.test`,
      email_verified: true,
      name: 'Ada Lovelace',
      ...info,
    },
  },
});

let githubIds = 1_000;

/** Somebody at GitHub; without `emails` one verified address that nobody else has. */
export function asGitHub(user: Record<string, unknown> = {}, emails?: unknown): Script {
  githubIds += 1;
  const login = `hub-${githubIds}-${crypto.randomUUID().slice(0, 6)}`;
  const primary = { email: `${login}@acme.test`, primary: true, verified: true };
  return {
    user: { json: { id: githubIds, login, name: null, email: null, ...user } },
    emails: { json: emails ?? [primary] },
  };
}
