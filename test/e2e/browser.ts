import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from 'vitest';
import { connect, type Sql } from '../../dev/database/connect.ts';
import type { Stack } from './stack.ts';

export const PASSWORD = 'correct horse battery staple';

/** The pages in a browser, with all of `npm run dev` behind them. */
export type Visit = {
  readonly stack: Stack;
  readonly sql: Sql;
  /** One person's browser: its tabs share cookies. New for each test. */
  readonly context: BrowserContext;
  /** A tab at an address of the pages, which has found out who is signed in. */
  open(path: string): Promise<Page>;
  /** The newest link that was mailed to an address, for the page of that name. */
  mailedLink(address: string, page: string): Promise<string>;
  /** The text of the newest mail to an address whose subject has these words. */
  mail(address: string, subject: string): Promise<string>;
};

type Mail = { readonly to: string[]; readonly subject: string; readonly text: string };

/**
 * A browser for a file of tests. After each test it looks back: no page may have failed, been kept
 * from something by its policy, or asked anything of anybody else.
 */
export function useBrowser(): Visit {
  const stack = inject('stack');
  const sql = connect(stack.databaseUrl);
  let browser: Browser;
  let context: BrowserContext;
  let offences: string[];

  beforeAll(async () => {
    const { CHROMIUM_PATH = '' } = process.env;
    // Its sandbox does not run as root, which a container is.
    browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    offences = [];
    // Half faded in, a dialogue has not the contrast that it is judged by.
    context = await browser.newContext({ reducedMotion: 'reduce' });
    context.setDefaultTimeout(20_000);
    context.on('weberror', (error) => offences.push(`failed: ${error.error()}`));
    context.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) offences.push(`policy: ${message.text()}`);
    });
    context.on('request', (request) => {
      if (isForeign(request, stack.tollgateUrl)) offences.push(`asked: ${request.url()}`);
    });
  });
  afterEach(async () => {
    await context.close();
    expect(offences).toEqual([]);
  });

  async function newest(address: string, matches: (mail: Mail) => string | undefined): Promise<string> {
    const find = async () => {
      const mails = (await (await fetch(`${stack.mailboxUrl}/email`)).json()) as Mail[];
      return (
        mails
          .filter(({ to }) => to.includes(address))
          .map(matches)
          .filter(Boolean)
          .at(-1) ?? ''
      );
    };
    await expect.poll(find, { timeout: 30_000 }).not.toBe('');
    return find();
  }

  return {
    stack,
    sql,
    get context() {
      return context;
    },
    async open(path) {
      const page = await context.newPage();
      await page.goto(`${stack.tollgateUrl}/app${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      return page;
    },
    mailedLink: (address, page) =>
      newest(address, ({ text }) => new RegExp(`http\\S+/app/${page}\\?token=\\S+`).exec(text)?.[0]),
    mail: (address, subject) =>
      newest(address, (mail) => (mail.subject.includes(subject) ? mail.text : undefined)),
  };
}

/** Whether a page of ours asked somebody else; going somewhere else is another matter. */
function isForeign(request: Request, ourOrigin: string): boolean {
  if (request.isNavigationRequest()) return false;
  const url = new URL(request.url());
  const isOurs = request.frame().url().startsWith(`${ourOrigin}/app`);
  return isOurs && /^(https?|wss?):$/.test(url.protocol) && url.origin !== ourOrigin;
}

/** Somebody new. */
export function newPerson(): { email: string; username: string } {
  const username = `user-${crypto.randomUUID().slice(0, 8)}`;
  return { username, email: `${username}@acme.test` };
}

/** Makes an account by the service itself; its mailbox counts as proven. */
export async function newAccount(visit: Visit): Promise<{ email: string; username: string }> {
  const person = newPerson();
  await fetch(`${visit.stack.tollgateUrl}/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...person, password: PASSWORD }),
  });
  await visit.sql`UPDATE users SET is_verified = true WHERE email = ${person.email}`;
  return person;
}

/** Fills the sign-in page that a tab shows, and waits until it led somewhere. */
export async function signIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Account menu' }).waitFor();
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}
