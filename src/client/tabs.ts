/** What one tab tells the others: the access token that counts now, or that nobody is signed in any more. */
export type News = { readonly token: string | undefined };

/** The pages of one origin that share the refresh cookie. */
export interface Tabs {
  /**
   * Runs `act` while no other tab runs its own.
   *
   * @param act is told whether another tab had news while this one waited for its turn
   */
  alone<T>(act: (hadNews: boolean) => Promise<T>): Promise<T>;
  tell(news: News): void;
  close(): void;
}

/** The browser's interfaces that this uses, each of which may be missing. */
type Browser = {
  readonly document?: object;
  readonly navigator?: { readonly locks?: Locks };
  readonly BroadcastChannel?: new (name: string) => Channel;
};
type Locks = {
  request<T>(
    name: string,
    options: { ifAvailable: boolean },
    act: (lock: object | null) => Promise<T>,
  ): Promise<T>;
};
type Channel = {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  postMessage(message: News): void;
  close(): void;
};

/** How long the news of the tab that was here before may take; it may also have been closed before it had any. */
const NEWS_PATIENCE_MS = 500;

/**
 * Joins the tabs that have opened the same name. Outside of pages, and in browsers without the Web Locks API or
 * BroadcastChannel, each client is alone: the service bears it when two refresh at once, for ten seconds.
 */
export function joinTabs(name: string, hear: (news: News) => void): Tabs {
  const { document, navigator, BroadcastChannel } = globalThis as unknown as Browser;
  if (!document || !navigator?.locks || !BroadcastChannel) return aloneInPage();
  const { locks } = navigator;
  const channel = new BroadcastChannel(name);
  const waiting = new Set<() => void>();
  let closed = false;
  channel.onmessage = ({ data }) => {
    hear(data as News);
    for (const wake of waiting) wake();
  };

  return {
    async alone(act) {
      const turn = await locks.request(name, { ifAvailable: true }, async (lock) =>
        lock ? { result: await act(false) } : undefined,
      );
      if (turn) return turn.result;
      const heard = new Heard(waiting);
      // The lock and the news travel separately, so the lock may be here first.
      return locks
        .request(name, { ifAvailable: false }, async () => act(await heard.within(NEWS_PATIENCE_MS)))
        .finally(() => heard.forget());
    },
    tell(news) {
      if (!closed) channel.postMessage(news);
    },
    close() {
      closed = true;
      channel.close();
    },
  };
}

/** Whether there was news since it was made. */
class Heard {
  readonly #waiting: Set<() => void>;
  readonly #news: Promise<true>;
  #wake: () => void = () => {};

  constructor(waiting: Set<() => void>) {
    this.#waiting = waiting;
    this.#news = new Promise((resolve) => {
      this.#wake = () => resolve(true);
    });
    waiting.add(this.#wake);
  }

  within(milliseconds: number): Promise<boolean> {
    return Promise.race([
      this.#news,
      new Promise<false>((resolve) => setTimeout(resolve, milliseconds, false)),
    ]);
  }

  forget(): void {
    this.#waiting.delete(this.#wake);
  }
}

/** One after the other, within this client. */
function aloneInPage(): Tabs {
  let last: Promise<unknown> = Promise.resolve();
  return {
    alone(act) {
      const turn = last.then(() => act(false));
      last = turn.catch(() => {});
      return turn;
    },
    tell() {},
    close() {},
  };
}
