/** What a deployment may call its own, as it was when the pages were built; see docs/web.md. */
export type Config = {
  readonly name: string;
  /** The name of an image in `web/public`. */
  readonly logo: string | null;
  /** Like `#3b5bdb`. */
  readonly color: string;
  /** Where the service is; `null` when it serves these pages itself. */
  readonly apiUrl: string | null;
};

declare const __CONFIG__: Config;
export const config = __CONFIG__;
/** The path under which the pages are served, without a slash at the end: `/app`, or nothing. */
export const basePath = import.meta.env.BASE_URL.replace(/\/$/, '');
