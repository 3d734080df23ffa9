import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from './project.ts';
import { buildWeb, type Manifest } from './web.ts';
import { headersOf } from './web-headers.ts';

const SCALAR = join(PROJECT_ROOT, 'node_modules/@scalar/api-reference/dist/browser/standalone.js');
const ASSETS = join(PROJECT_ROOT, 'dist/assets');

/** The pages, as they are served by the Worker. */
export const PAGES = join(ASSETS, 'app');

// The file's name stays the same when the package is upgraded: cached for long, but not for good.
const HEADERS = `/docs/scalar.js
  Cache-Control: public, max-age=86400, stale-while-revalidate=2592000
  X-Content-Type-Options: nosniff
${headersOf({ base: '/app/' })}`;

/**
 * Makes `dist/assets`, the files the Worker's runtime serves beside it. Does nothing when they are up to date.
 *
 * @returns what the pages consist of
 */
export async function buildAssets(): Promise<Manifest> {
  const manifest = await buildWeb(PAGES);
  await buildScript();
  return manifest;
}

/** Makes the folder without the pages: the tests need it to be there, and none of them opens a page. */
export async function buildScript(): Promise<void> {
  const script = join(ASSETS, 'docs/scalar.js');
  await mkdir(dirname(script), { recursive: true });
  if (!(await isCopy(SCALAR, script))) await copyFile(SCALAR, script);
  const headers = join(ASSETS, '_headers');
  // wrangler watches the folder: a file written anew without need would restart the Worker.
  if ((await readFile(headers, 'utf8').catch(() => '')) !== HEADERS) await writeFile(headers, HEADERS);
}

async function isCopy(source: string, copy: string): Promise<boolean> {
  const [from, to] = await Promise.all([stat(source), stat(copy).catch(() => undefined)]);
  return to !== undefined && to.size === from.size && to.mtimeMs >= from.mtimeMs;
}
