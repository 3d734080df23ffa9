/** Where the pages of `web/` are served, beside the Worker as static assets. */
const PAGES = '/app/';

/** Files with a name made of their content: what is not there is no page either. */
const FILES = `${PAGES}assets/`;

/**
 * Answers an address within the pages that is no file, like a mailed link, with the one document that they are; its
 * script looks at the address. Every other request is somebody else's to answer.
 *
 * @param assets the runtime's static assets (wrangler.toml), which put the page's headers on it
 */
export function servePage(assets: Fetcher | undefined, request: Request): Promise<Response> | undefined {
  const { origin, pathname } = new URL(request.url);
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!assets || !isRead || !pathname.startsWith(PAGES) || pathname.startsWith(FILES)) return undefined;
  return assets.fetch(new Request(origin + PAGES, { method: request.method }));
}
