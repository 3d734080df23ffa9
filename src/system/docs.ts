import { createMiddleware } from 'hono/factory';
import { html } from 'hono/html';
import { AppError } from '../errors.ts';
import type { AppEnv } from '../http/router.ts';

/** Served beside the Worker as a static asset; see dev/build-assets.ts. */
const SCRIPT = '/docs/scalar.js';

/** Scalar's options: nothing from, and nothing to, anybody else. */
const CONFIGURATION = JSON.stringify({
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  agent: { disabled: true },
  mcp: { disabled: true },
});

/** The page's own policy: Scalar styles itself inline, its script and its data are ours. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The API reference as a page, for the document at `/openapi.json`. */
export const docsPage = createMiddleware<AppEnv>(async (c) => {
  const { DOCS_ENABLED, APP_NAME } = c.var.deps.settings;
  if (!DOCS_ENABLED) throw new AppError('not_found');
  c.header('Content-Security-Policy', POLICY);
  return c.html(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>${APP_NAME} API</title>
  </head>
  <body>
    <noscript>This page needs JavaScript. The same as data: <a href="/openapi.json">/openapi.json</a></noscript>
    <script id="api-reference" data-configuration="${CONFIGURATION}"></script>
    <script src="${SCRIPT}"></script>
  </body>
</html>`);
});
