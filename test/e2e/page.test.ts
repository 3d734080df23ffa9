import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { connect } from '../../dev/database/connect.ts';

/** What the page has put on its window. */
declare const tollgate: {
  readonly token: string | undefined;
  readonly api: { me: { $get(): Promise<Response> } };
  refresh(): Promise<boolean>;
};

const PASSWORD = 'correct horse battery staple';

const stack = inject('stack');
const sql = connect(stack.databaseUrl);
let browser: Browser;
/** One person's browser: its tabs share cookies. */
let context: BrowserContext;
/** What went to the service, preflights left out, as `POST /login 200`. */
let traffic: string[];

beforeAll(async () => {
  const { CHROMIUM_PATH = '' } = process.env;
  // Its sandbox does not run as root, which a container is.
  browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  traffic = [];
  context.on('response', (response) => {
    const { origin, pathname } = new URL(response.url());
    const method = response.request().method();
    if (origin !== stack.pageUrl && method !== 'OPTIONS')
      traffic.push(`${method} ${pathname} ${response.status()}`);
  });
  return () => context.close();
});

/** A tab with the page, which has found out whether somebody is signed in. */
async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  await tab.goto(stack.pageUrl);
  await tab.locator('#signed-in, #signed-out').filter({ visible: true }).waitFor();
  return tab;
}

async function register(tab: Page): Promise<{ email: string; username: string }> {
  const username = `user-${crypto.randomUUID().slice(0, 8)}`;
  const email = `${username}@acme.test`;
  const form = tab.locator('#register');
  await form.getByLabel('Email').fill(email);
  await form.getByLabel('Username').fill(username);
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button').click();
  await expectText(tab, '#username', username);
  return { email, username };
}

const expectText = (tab: Page, selector: string, text: string) =>
  tab.locator(selector).filter({ hasText: text, visible: true }).waitFor();

/** What became of somebody's sessions and refresh tokens. */
const tokensOf = async (email: string) => {
  const [row] = await sql`
    SELECT count(*)::int AS tokens, count(*) FILTER (WHERE r.revoked_at IS NULL)::int AS unspent,
           count(DISTINCT s.id) FILTER (WHERE s.revoked_at IS NOT NULL)::int AS ended
    FROM users u JOIN sessions s ON s.user_id = u.id JOIN refresh_tokens r ON r.family_id = s.id
    WHERE u.email = ${email}`;
  return row;
};

const refreshes = () => traffic.filter((line) => line.startsWith('POST /refresh-token'));

describe('the example page', () => {
  it('registers, verifies, shows the plan, survives a reload, signs out and in', async () => {
    const tab = await openTab();
    const { email, username } = await register(tab);
    await expectText(tab, '#plan', 'Open the link in your mail first');

    await expect.poll(() => linkTo(email), { timeout: 30_000 }).toBeTruthy();
    const { search } = new URL((await linkTo(email)) ?? '');
    await fetch(`${stack.tollgateUrl}/verify${search}`);
    await tab.getByRole('button', { name: 'Ask again' }).click();
    await expectText(tab, '#plan', 'free');
    await expectText(tab, '#usage', 'items: 0 of 10');

    await tab.reload();
    await expectText(tab, '#username', username);
    expect(await tab.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual([
      '',
      0,
      0,
    ]);

    await tab.getByRole('button', { name: 'Sign out' }).click();
    const form = tab.locator('#login');
    await form.getByLabel('Email').fill(email);
    await form.getByLabel('Password').fill('not the password');
    await form.getByRole('button').click();
    await expectText(tab, '#notice', 'The email address or the password is wrong.');
    await form.getByLabel('Password').fill(PASSWORD);
    await form.getByRole('button').click();
    await expectText(tab, '#username', username);
  });

  it('repeats a request once whose token has expired', async () => {
    const tab = await openTab();
    await register(tab);
    let spoiled = 0;
    await tab.route('**/me', (route) => {
      const headers = { ...route.request().headers() };
      spoiled += 1;
      if (spoiled === 1) headers.authorization = 'Bearer expired';
      return route.continue({ headers });
    });
    traffic.length = 0;
    expect(await tab.evaluate(async () => (await tollgate.api.me.$get()).status)).toBe(200);
    expect(traffic).toEqual(['GET /me 401', 'POST /refresh-token 200', 'GET /me 200']);
  });

  it('signs out in all tabs at once', async () => {
    const first = await openTab();
    await register(first);
    const second = await openTab();
    await second.getByRole('button', { name: 'Sign out' }).click();
    await first.locator('#signed-out').waitFor();
    expect(await first.evaluate(() => tollgate.token)).toBeUndefined();
  });
});

describe('tabs that refresh at the same time', () => {
  it('make one rotation of it, and all have its token', async () => {
    const tabs = [await openTab()];
    const { email } = await register(tabs[0] as Page);
    tabs.push(await openTab(), await openTab());
    const before = await tokensOf(email);
    traffic.length = 0;
    const rounds = 10;
    for (let round = 1; round <= rounds; round += 1) {
      const at = Date.now() + 200;
      const tokens = await Promise.all(
        tabs.map((tab) =>
          tab.evaluate(async (moment) => {
            await new Promise((resolve) => setTimeout(resolve, moment - Date.now()));
            await tollgate.refresh();
            return tollgate.token;
          }, at),
        ),
      );
      expect(new Set(tokens).size).toBe(1);
    }
    expect(refreshes()).toEqual(Array(rounds).fill('POST /refresh-token 200'));
    expect(await tokensOf(email)).toEqual({ tokens: before?.tokens + rounds, unspent: 1, ended: 0 });
  });

  it('stay signed in without Web Locks too', async () => {
    await context.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, 'locks');
    });
    const tabs = [await openTab()];
    const { email } = await register(tabs[0] as Page);
    tabs.push(await openTab());
    const refreshed = await Promise.all(tabs.map((tab) => tab.evaluate(() => tollgate.refresh())));
    expect(refreshed).toEqual([true, true]);
    expect(await tokensOf(email)).toMatchObject({ ended: 0 });
    const statuses = await Promise.all(
      tabs.map((tab) => tab.evaluate(async () => (await tollgate.api.me.$get()).status)),
    );
    expect(statuses).toEqual([200, 200]);
  });
});

/** The link that was mailed to an address. */
async function linkTo(address: string): Promise<string | undefined> {
  const mails = (await (await fetch(`${stack.mailboxUrl}/email`)).json()) as { to: string[]; text: string }[];
  return mails
    .filter(({ to }) => to.includes(address))
    .map(({ text }) => /http\S+verify\?token=\S+/.exec(text)?.[0])[0];
}
