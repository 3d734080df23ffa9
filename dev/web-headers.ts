type Place = {
  /** Where the pages are, with a slash at the end. */
  readonly base: string;
  /** Where the service is, when it does not serve the pages itself. */
  readonly apiUrl?: string | undefined;
};

/**
 * The pages' own policy: scripts and requests of this origin and the service alone. Mantine writes `<style>` elements for
 * properties that depend on the width of the window, and a file that is served as it is can carry no nonce for them;
 * so styles may be inline, which no data ever is. Images of others are not shown: whoever keeps them would learn who looks.
 */
const policyOf = (apiUrl: string | undefined) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${apiUrl ? ` ${new URL(apiUrl).origin}` : ''}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** The headers of the pages, for `_headers`: https://developers.cloudflare.com/workers/static-assets/headers/ */
export const headersOf = ({ base, apiUrl }: Place) => `${base}*
  Content-Security-Policy: ${policyOf(apiUrl)}
  Strict-Transport-Security: max-age=63072000; includeSubDomains
  X-Content-Type-Options: nosniff
  X-Frame-Options: DENY
  Referrer-Policy: no-referrer
  Cross-Origin-Opener-Policy: same-origin
  Cache-Control: no-cache
${base}assets/*
  ! Cache-Control
  Cache-Control: public, max-age=31536000, immutable
`;
