import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Picture } from './pages.ts';
import type { People } from './seed.ts';

type Look = {
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
  readonly isMobile?: boolean;
};

/** How each page is looked at. */
const LOOKS: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, isMobile: true },
};

type Job = {
  readonly browser: Browser;
  readonly serviceUrl: string;
  readonly people: People;
  readonly pictures: readonly Picture[];
  /** Emptied first. */
  readonly folder: string;
};

/** Takes the pictures, one folder a look. @returns what could not be taken, and why */
export async function takePictures({
  browser,
  serviceUrl,
  people,
  pictures,
  folder,
}: Job): Promise<string[]> {
  await rm(folder, { recursive: true, force: true });
  const failures: string[] = [];
  for (const [look, options] of Object.entries(LOOKS)) {
    await mkdir(join(folder, look), { recursive: true });
    for (const as of new Set(pictures.map((picture) => picture.as))) {
      const context = await browser.newContext({ ...options, reducedMotion: 'reduce', locale: 'en-GB' });
      if (as) await signIn(context, serviceUrl, people[as]);
      for (const picture of pictures.filter((one) => one.as === as)) {
        const page = await context.newPage();
        try {
          await page.goto(`${serviceUrl}/app${picture.path}`);
          await settle(page);
          await picture.act?.(page);
          await settle(page);
          await expectNoOverflow(page);
          await page.screenshot({
            path: join(folder, look, `${picture.name}.png`),
            fullPage: true,
            animations: 'disabled',
          });
        } catch (error) {
          failures.push(`${look}/${picture.name}: ${error}`);
        }
        await page.close();
      }
      await context.close();
    }
  }
  return failures;
}

/** A page that is wider than the window has to be pushed to and fro to be read. */
async function expectNoOverflow(page: Page): Promise<void> {
  const [is, has] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth] as const;
  });
  if (is > has) throw new Error(`it is ${is} pixels wide in a window of ${has}`);
}

/** By the refresh cookie alone, as a page that is loaded anew. */
async function signIn(
  context: BrowserContext,
  serviceUrl: string,
  { email, password }: People['admin'],
): Promise<void> {
  const response = await context.request.post(`${serviceUrl}/login`, { data: { email, password } });
  if (!response.ok()) throw new Error(`${email} could not sign in: ${response.status()}.`);
}

/** Nothing is on its way any more. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.getByLabel('Loading…').first().waitFor({ state: 'hidden' });
}
