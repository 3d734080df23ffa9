import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../dev/project.ts';
import { expectAccessible } from './accessible.ts';
import { newAccount, signIn, useBrowser } from './browser.ts';

/** Set by `npm run screenshots`: pictures are for people to look at, and the gate has no time for them. */
const { SCREENSHOTS: FOLDER = '' } = process.env;

const PHONE = { width: 375, height: 740 };
const DESKTOP = { width: 1280, height: 800 };

/** Who sees the pages of a folder of `web/`. */
const VIEWERS = {
  session: 'nobody',
  links: 'nobody',
  account: 'member',
  billing: 'member',
  admin: 'administrator',
} as const;
type Folder = keyof typeof VIEWERS;

describe.runIf(FOLDER)('every page', () => {
  const visit = useBrowser();

  it('is legible in light and dark, and as wide as a phone', { timeout: 900_000 }, async () => {
    await mkdir(FOLDER, { recursive: true });
    const account = await newAccount(visit);
    const { sql } = visit.stack;
    await sql`UPDATE users SET is_admin = true WHERE email = ${account.email}`;
    const [user] = await sql`SELECT id FROM users WHERE email = ${account.email}`;
    const page = await visit.open('/sign-in');
    for (const folder of Object.keys(VIEWERS) as Folder[]) {
      if (folder === 'account') {
        await page.goto(`${visit.stack.tollgateUrl}/app/sign-in`);
        await signIn(page, account.email);
      }
      for (const path of await pathsOf(folder)) {
        // All that has an id in its address; an id of something else shows how a page says that there is none.
        const address = path.replace(/\$\w+/, String(user?.id)) + (folder === 'links' ? '?token=x' : '');
        await page.goto(`${visit.stack.tollgateUrl}/app${address}`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        await take(page, `${folder}${path.replaceAll(/[/$]+/g, '-')}`.replace(/-$/, ''));
      }
    }
  });
});

/** The addresses in a folder's routes. */
async function pathsOf(folder: Folder): Promise<string[]> {
  expect(await readdir(join(PROJECT_ROOT, 'web', folder))).toContain('routes.ts');
  const routes = await readFile(join(PROJECT_ROOT, 'web', folder, 'routes.ts'), 'utf8');
  const paths = [...routes.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path ?? '');
  expect(paths.length).toBeGreaterThan(0);
  return paths;
}

async function take(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
    await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(FOLDER, `${name}-phone.png`), fullPage: true });
  const [is, has] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  expect(is, `${page.url()} is wider than a phone`).toBe(has);
  await page.setViewportSize(DESKTOP);
}
