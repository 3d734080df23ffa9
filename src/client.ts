import { hc, type InferRequestType, type InferResponseType } from 'hono/client';
// A type and nothing else: what a page loads has none of the server in it (test/node/client-bundle.test.ts).
import type { AppType } from './app.ts';
import { openSession, type SignedIn } from './client/session.ts';

export { readEvents, type StreamedEvent } from './client/events.ts';
export { asProblem, TollgateError, type TollgateErrorCode } from './client/tollgate-error.ts';
export type { AppType, SignedIn };

export type ClientOptions = {
  /** Where the service is, as `https://auth.acme.com`; the page's own origin when left out. */
  readonly baseUrl?: string;
  /** In the place of the platform's `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
};

/** Every route of the service, typed; see https://hono.dev/docs/guides/rpc. */
export type TollgateApi = ReturnType<typeof hc<AppType>>;

type Login = TollgateApi['login']['$post'];
type LoginByCode = TollgateApi['login']['code']['$post'];
/** An account. */
export type TollgateUser = InferResponseType<Login, 200>['user'];

/** A client of one service, for a page and all it does there. */
export interface TollgateClient {
  /** Every route, typed. Fails with a `TollgateError`, so that an answer is always a success. */
  readonly api: TollgateApi;
  /** Signs in by password. Answers the account. */
  login(credentials: InferRequestType<Login>['json']): Promise<TollgateUser>;
  /** Signs in by a code that was mailed (`api.request['login-code'].$post`). Answers the account. */
  loginByCode(credentials: InferRequestType<LoginByCode>['json']): Promise<TollgateUser>;
  /** Signs out: this session, the others, or all. */
  logout(scope?: 'current' | 'others' | 'all'): Promise<void>;
  /**
   * Asks for a new access token by the refresh cookie: when a page is loaded, to see whether somebody is signed in.
   * Afterwards it happens by itself. However many ask at once, here and in other tabs, one request is made.
   *
   * @returns whether somebody is signed in
   */
  refresh(): Promise<boolean>;
  /** A request of the service by its path, with all that `api` does about tokens and failures. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The access token, for a service of yours that takes it too. */
  readonly token: string | undefined;
  readonly signedIn: SignedIn;
  /** Calls back when somebody signs in or out, or in as somebody else, here or in another tab. Answers what ends that. */
  onChange(listener: (signedIn: SignedIn) => void): () => void;
  /** Leaves the other tabs alone from now on. */
  close(): void;
}

/**
 * The typed client. It holds the access token in memory, never in storage; exchanges it when it is refused, once, and
 * repeats the request; shares it with the other tabs of the same origin; and throws failures as `TollgateError`.
 */
export function createClient(options: ClientOptions = {}): TollgateClient {
  const here = (globalThis as { location?: { origin: string } }).location?.origin;
  const baseUrl = new URL(options.baseUrl ?? here ?? '', here).href.replace(/\/+$/, '');
  const listeners = new Set<(signedIn: SignedIn) => void>();
  const session = openSession({
    baseUrl,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    onChange: (signedIn) => {
      for (const listener of listeners) listener(signedIn);
    },
  });
  const send = (input: string | URL | Request, init?: RequestInit) => session.send(String(input), init);
  const api = hc<AppType>(baseUrl, { fetch: send as typeof fetch });

  return {
    api,
    login: async (json) => (await unwrap(api.login.$post({ json }))).user,
    loginByCode: async (json) => (await unwrap(api.login.code.$post({ json }))).user,
    async logout(scope = 'current') {
      await api.logout.$post({ query: { scope } });
    },
    refresh: session.refresh,
    fetch: (path, init) => session.send(baseUrl + path, init),
    get token() {
      return session.token();
    },
    get signedIn() {
      return session.signedIn();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: session.close,
  };
}

/** What is in an answer: `const me = await unwrap(tollgate.api.me.$get())`. */
export async function unwrap<R extends { json(): Promise<unknown> }>(
  answer: Promise<R>,
): Promise<Awaited<ReturnType<R['json']>>> {
  return (await (await answer).json()) as Awaited<ReturnType<R['json']>>;
}
