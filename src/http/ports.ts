/** The answer of a limiter to one request. */
export type Permit =
  | { readonly allowed: false; readonly retryAfterSeconds: number }
  /** `recorded` settles when the request is counted for those that follow. */
  | { readonly allowed: true; readonly recorded: Promise<void> };

/** Counts requests by key. Best effort: exact limits are counted in Postgres. */
export interface RequestCounter {
  take(key: string, limit: { readonly requests: number; readonly seconds: number }): Promise<Permit>;
}

/** What the layer between the web and the use cases works with. */
export type HttpDeps = {
  /** Counts the requests to credential routes. */
  readonly credentialCounter: RequestCounter;
  /** Counts all others, more generously. */
  readonly requestCounter: RequestCounter;
};
