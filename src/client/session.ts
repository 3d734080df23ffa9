import { joinTabs } from './tabs.ts';
import { readProblem, TollgateError } from './tollgate-error.ts';

/** Whether somebody is signed in; `unknown` until the refresh cookie, which a page cannot see, was tried. */
export type SignedIn = 'unknown' | 'yes' | 'no';

/** The types of Workers know no credentials. */
type Init = RequestInit & { readonly credentials?: string };

export type SessionOptions = {
  /** Where the service is, without a slash at the end. */
  readonly baseUrl: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly onChange: (signedIn: SignedIn) => void;
};

/** The routes that begin or end a session; what they answer is the client's to keep. */
const GIVES_TOKEN = ['/login', '/login/code', '/refresh-token'];
const REFRESH = '/refresh-token';
const LOGOUT = '/logout';

/** Longer than the service takes to say that it cannot answer. */
const REFRESH_PATIENCE_MS = 20_000;

/** Workers and Node have no cookies to include, and the first refuse the word. */
const HAS_COOKIES = 'credentials' in Request.prototype;

/** The access token of a page, in memory alone, and every request that is made with it. */
export function openSession({ baseUrl, fetch, onChange }: SessionOptions) {
  let token: string | undefined;
  let signedIn: SignedIn = 'unknown';
  let refreshing: Promise<boolean> | undefined;
  const tabs = joinTabs(`tollgate ${baseUrl}`, (news) => keep(news.token));

  function keep(fresh: string | undefined): void {
    const before = token;
    const hadFoundOut = signedIn !== 'unknown';
    token = fresh;
    signedIn = fresh ? 'yes' : 'no';
    if (!hadFoundOut || accountOf(before) !== accountOf(fresh)) onChange(signedIn);
  }

  function settle(fresh: string | undefined): void {
    keep(fresh);
    tabs.tell({ token: fresh });
  }

  async function transmit(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (token && !headers.has('Authorization')) headers.set('Authorization', `Bearer ${token}`);
    const request: Init = { ...init, headers, ...(HAS_COOKIES && { credentials: 'include' }) };
    try {
      return await fetch(url, request);
    } catch (error) {
      // Whoever aborts their own request knows why it failed.
      if (init.signal?.aborted && !url.endsWith(REFRESH)) throw error;
      const detail = 'The service could not be reached.';
      throw new TollgateError({ code: 'network_error', status: 0, detail, cause: error });
    }
  }

  /** A request that begins or ends a session: its turn has come, and the other tabs are told. */
  async function change(url: URL, init: RequestInit): Promise<Response> {
    const path = url.href.slice(baseUrl.length).split(/[?#]/)[0];
    const response = await transmit(url.href, init);
    if (path === LOGOUT) {
      if (response.ok && url.searchParams.get('scope') !== 'others') settle(undefined);
    } else if (response.ok) {
      settle(((await response.clone().json()) as { token: string }).token);
    } else if (path === REFRESH && response.status === 401) {
      settle(undefined);
    }
    return response;
  }

  async function refresh(): Promise<boolean> {
    refreshing ??= tabs
      .alone(async (hadNews) => {
        if (hadNews) return signedIn === 'yes';
        // The other tabs wait for this one's turn to end.
        const signal = AbortSignal.timeout(REFRESH_PATIENCE_MS);
        const response = await change(new URL(baseUrl + REFRESH), { method: 'POST', signal });
        if (!response.ok && response.status !== 401) throw await readProblem(response);
        // A body that nobody reads keeps its connection until the garbage is collected.
        void response.body?.cancel();
        return response.ok;
      })
      .finally(() => {
        refreshing = undefined;
      });
    return refreshing;
  }

  /**
   * Whether there is another token than the one that was refused, of the same account: what somebody asked for must not
   * be done in the name of who has signed in since, in another tab.
   */
  async function hasBetter(refused: string | undefined): Promise<boolean> {
    if (signedIn === 'no') return false;
    if (token === undefined || token === refused) await refresh();
    return token !== undefined && (refused === undefined || accountOf(token) === accountOf(refused));
  }

  return {
    refresh,
    token: () => token,
    signedIn: () => signedIn,
    close: () => tabs.close(),

    /** A request of the service. @throws {TollgateError} for every answer that is no success */
    async send(address: string, init: RequestInit = {}): Promise<Response> {
      const url = new URL(address, `${baseUrl}/`);
      // The token is for the service alone, whatever address a page was made to ask for.
      if (!url.href.startsWith(`${baseUrl}/`)) throw new TypeError(`${url.href} is not at ${baseUrl}`);
      const path = url.href.slice(baseUrl.length).split(/[?#]/)[0] ?? '';
      if (GIVES_TOKEN.includes(path) || path === LOGOUT)
        return succeed(await tabs.alone(() => change(url, init)));
      const used = token;
      const response = await transmit(url.href, init);
      if (response.status !== 401) return succeed(response);
      const refusal = await readProblem(response);
      // A stream is read by now, and half of an upload must not be sent as the whole.
      const repeatable = !(init.body instanceof ReadableStream);
      if (refusal.code !== 'invalid_token' || !repeatable || !(await hasBetter(used))) throw refusal;
      return succeed(await transmit(url.href, init));
    },
  };
}

/** Whose token it is (RFC 7519 §4.1.2). Read and not verified: it says when to look again, and opens nothing. */
function accountOf(token: string | undefined): unknown {
  const [, payload = ''] = token?.split('.') ?? [];
  return payload && JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).sub;
}

async function succeed(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw await readProblem(response);
}
