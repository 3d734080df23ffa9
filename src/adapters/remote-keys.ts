import { createLocalJWKSet, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';

/** No answer in this time is none; also how long one call waits for what another has asked. */
const PATIENCE_MS = 3_000;
/** After an answer nothing is asked again for this long, whatever keys are named: anybody can think up a key id. */
const COOLDOWN_MS = 30_000;
/** How long an answer is good that does not say so itself; and at most, because a leaked key has to go some time. */
const DEFAULT_MAX_AGE_MS = 600_000;
const LONGEST_MAX_AGE_MS = 3_600_000;
/** For how long the last answer is used while no new one is to be had. */
const LONGEST_OUTAGE_MS = 86_400_000;
const LONGEST_ANSWER = 65_536;

/** The signing keys could not be fetched, so nothing can be said of the token: 503 and not 401. Try again. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

export type RemoteKeysOptions = {
  readonly url: URL;
  readonly algorithms: readonly string[];
  readonly fetch: (request: Request) => Promise<Response>;
};

type Held = {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly ids: ReadonlySet<string>;
  readonly freshUntil: number;
  readonly goodUntil: number;
};

/**
 * Finds keys in a key set at an address, which is fetched when it is first needed, when it has grown old, and when a
 * token names a key that is not in it: one request at a time and one within the cooldown, however many tokens ask.
 *
 * jose's own does much of that, but not in the Workers runtime, where it lets every request fetch for itself; and it
 * has nothing to say once a refresh fails.
 */
export function createRemoteKeys({ url, algorithms, fetch }: RemoteKeysOptions) {
  let held: Held | undefined;
  let lastFailure: unknown;
  let askAgainAt = 0;
  let asking: Promise<void> | undefined;

  /** In the Workers runtime what another request began may end with it and never settle: nobody waits for ever. */
  const inFlight = () => (Date.now() < askAgainAt ? asking : undefined);

  async function refresh(): Promise<void> {
    for (let other = inFlight(); other; other = inFlight()) {
      if (await settles(other)) return;
    }
    if (Date.now() < askAgainAt) return;
    askAgainAt = Date.now() + PATIENCE_MS;
    const mine = ask();
    asking = mine;
    await settles(mine);
    if (asking === mine) asking = undefined;
  }

  async function ask(): Promise<void> {
    lastFailure = new Error('no answer');
    try {
      held = await fetchKeys();
      lastFailure = undefined;
      askAgainAt = Date.now() + COOLDOWN_MS;
    } catch (error) {
      lastFailure = error;
    }
  }

  async function fetchKeys(): Promise<Held> {
    const response = await fetch(
      new Request(url, {
        headers: { Accept: 'application/jwk-set+json, application/json' },
        redirect: 'manual',
        signal: AbortSignal.timeout(PATIENCE_MS),
        // A browser's cache would answer the question for a new key with the old ones.
        ...('cache' in Request.prototype && { cache: 'no-store' }),
      }),
    );
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const text = await response.text();
    if (text.length > LONGEST_ANSWER) throw new Error('too long');
    const { keys } = JSON.parse(text) as JSONWebKeySet;
    const usable = keys.filter(
      ({ alg, kid }) => kid !== undefined && alg !== undefined && algorithms.includes(alg),
    );
    const age = Math.min(Math.max(maxAgeOf(response.headers), COOLDOWN_MS), LONGEST_MAX_AGE_MS);
    return {
      find: createLocalJWKSet({ keys: usable }),
      ids: new Set(usable.map(({ kid }) => String(kid))),
      freshUntil: Date.now() + age,
      goodUntil: Date.now() + LONGEST_OUTAGE_MS,
    };
  }

  /** The key of this id; `undefined` where there is none. */
  async function findKey(header: JWTHeaderParameters): Promise<CryptoKey | undefined> {
    const id = header.kid;
    if (!id) return undefined;
    const known = () => held?.ids.has(id) && Date.now() < held.goodUntil;
    // An old set is good enough while somebody else asks for a new one.
    if (!known() || (held && Date.now() >= held.freshUntil && !inFlight())) await refresh();
    if (held && known()) return held.find(header);
    if (!held || lastFailure || Date.now() >= held.goodUntil) {
      throw new KeysUnavailable(`No signing keys from ${url.href}`, { cause: lastFailure });
    }
    return undefined;
  }
  return findKey;
}

/** Whether it settles before patience ends. */
async function settles(promise: Promise<void>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const settled = await Promise.race([promise.then(() => true), patience]);
  clearTimeout(timer);
  return settled;
}

/** What is left of the time for which an answer may be kept (RFC 9111 §4.2.1, §5.1). */
function maxAgeOf(headers: Headers): number {
  const maxAge = /\bmax-age=(\d+)/i.exec(headers.get('Cache-Control') ?? '')?.[1];
  if (maxAge === undefined) return DEFAULT_MAX_AGE_MS;
  return (Number(maxAge) - (Number(headers.get('Age')) || 0)) * 1_000;
}
