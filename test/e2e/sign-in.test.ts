import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { newAccount, PASSWORD, signIn, signOut, useBrowser } from './browser.ts';

const visit = useBrowser();
/** Of whom no test changes anything. */
let account: { email: string; username: string };
beforeAll(async () => {
  account = await newAccount(visit);
});
const pathOf = (url: string) => url.slice(`${visit.stack.tollgateUrl}/app`.length);

/** What of a page has the focus: a field by what it is filled with, anything else by its id. */
const focused = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('autocomplete') || document.activeElement?.id);

describe('signing in', () => {
  it('is refused in words, sent once however often one clicks, and survives a reload', async () => {
    const { email, username } = account;
    const page = await visit.open('/sign-in');
    await expectAccessible(page);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel(/^Password/).fill('not the password');
    let logins = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/login') && request.method() === 'POST') logins += 1;
    });
    await page.getByRole('button', { name: 'Sign in', exact: true }).evaluate((button) => {
      for (let clicks = 0; clicks < 3; clicks += 1) (button as HTMLElement).click();
    });
    await page.getByText('The email address or the password is wrong.').waitFor();
    expect(logins).toBe(1);
    await expectAccessible(page);
    await signIn(page, email);
    await page.reload();
    await page.getByRole('heading', { name: `Hello, ${username}` }).waitFor();
    await expectAccessible(page);
  });

  it('works by a mailed code', async () => {
    const { email } = account;
    const page = await visit.open('/sign-in');
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Sign in with a code' }).click();
    await expect.poll(() => focused(page)).toBe('username');
    await page.getByRole('button', { name: 'Mail me a code' }).click();
    await page.getByText('a code of eight digits is on its way').waitFor();
    await expect.poll(() => focused(page)).toBe('one-time-code');
    const code = /^\s*(\d{4} ?\d{4})\s*$/m.exec(await visit.mail(email, 'sign-in code'))?.[1] ?? '';
    await page.getByLabel('Code').fill('00000000');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('This code is wrong').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Code').fill(code);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Hello' }).waitFor();
  });

  it('works at Google, and leads to where one was going; a refusal there is said in words', async () => {
    const page = await visit.open('/security');
    const google = page.getByRole('link', { name: 'Continue with Google' });
    await google.click();
    await page.waitForURL(/\/o\/oauth2\//);
    const state = new URL(page.url()).searchParams.get('state');
    await page.goto(
      `${visit.stack.tollgateUrl}/auth/social/callback/google?error=access_denied&state=${state}`,
    );
    await page.getByText('The sign-in did not work.').waitFor();
    await expectAccessible(page);

    // An address can say anything.
    await page.goto(`${visit.stack.tollgateUrl}/app/sign-in?error=__proto__`);
    await page.getByText('The sign-in did not work.').waitFor();

    await page.goto(`${visit.stack.tollgateUrl}/app/security`);
    await google.click();
    await page.getByRole('button', { name: /ada@acme\.test/ }).click();
    await page.getByRole('heading', { name: 'Security' }).waitFor();
    expect(pathOf(page.url())).toBe('/security');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('ada@acme.test').first().waitFor();
  });

  it('goes on with a new password from the mail', async () => {
    const { email } = await newAccount(visit);
    const page = await visit.open('/sign-in');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    // The page before has such a field, too.
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
    await page.getByLabel('Email').fill(email);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Mail me a link' }).click();
    await page.getByText('a link is on its way').waitFor();
    await expect.poll(() => focused(page)).toBe('content');
    await page.getByRole('link', { name: 'Back to sign-in' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expect.poll(() => focused(page)).toBe('content');
    const link = await visit.mailedLink(email, 'new-password');
    await page.goto(link);
    await page.getByLabel('New password').fill('short');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('Must have at least 8 characters.').waitFor();
    await page.getByLabel('New password').fill('an even better password');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('Your new password is set.').waitFor();
    await expect.poll(() => focused(page)).toBe('content');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await signIn(page, email, 'an even better password');

    await signOut(page);
    await page.goto(link);
    await page.getByLabel('New password').fill('yet another password');
    await page.getByRole('button', { name: 'Set password' }).click();
    await page.getByRole('link', { name: 'Ask for another link' }).waitFor();
  });
});

describe('a session', () => {
  it('that has ended is begun anew, and goes on where it was', async () => {
    const { email } = account;
    const page = await visit.open('/sign-in');
    await signIn(page, email);
    await visit.sql`UPDATE sessions SET revoked_at = now() FROM users
      WHERE users.id = sessions.user_id AND users.email = ${email}`;
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByText('Sign in to go on.').waitFor();
    expect(pathOf(page.url())).toBe('/sign-in?next=%2Fsecurity');
    await signIn(page, email);
    await page.getByRole('heading', { name: 'Security' }).waitFor();
    expect(pathOf(page.url())).toBe('/security');
  });

  it('ends in all tabs at once', async () => {
    const { email } = account;
    const first = await visit.open('/profile');
    await signIn(first, email);
    const second = await visit.open('/security');
    await signOut(second);
    await first.getByText('Sign in to go on.').waitFor();
    await signIn(second, email);
    // Whoever signs in again in one tab has done so in the other, too.
    await first.getByRole('heading', { name: 'Profile' }).waitFor();
  });

  it('never begins by going to somebody else', async () => {
    const page = await visit.open(`/sign-in?next=${encodeURIComponent('@evil.test/')}`);
    const google = await page.getByRole('link', { name: 'Continue with Google' }).getAttribute('href');
    const redirectTo = new URL(google ?? '').searchParams.get('redirect_to');
    expect(redirectTo).toBe(`${visit.stack.tollgateUrl}/app/`);
    await page.goto(`${visit.stack.tollgateUrl}/app/sign-in?next=${encodeURIComponent('//evil.test/')}`);
    await signIn(page, account.email);
    await page.getByRole('heading', { name: 'Hello' }).waitFor();
    expect(pathOf(page.url())).toBe('/');
  });
});

describe('the pages', () => {
  it('are one document under a policy, and what is no page is a problem', async () => {
    const { tollgateUrl } = visit.stack;
    for (const path of ['/app/', '/app/verify?token=x', '/app/no/such/page']) {
      const response = await fetch(tollgateUrl + path);
      expect([path, response.status]).toEqual([path, 200]);
      const policy = response.headers.get('Content-Security-Policy') ?? '';
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(await response.text()).toContain('<div id="root">');
    }
    for (const path of ['/app/assets/none.js', '/nowhere']) {
      const response = await fetch(tollgateUrl + path, { headers: { Accept: 'text/html' } });
      expect([path, response.status]).toEqual([path, 404]);
      expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    }
    const page = await visit.open('/no/such/page');
    await page.getByText('There is nothing at this address.').waitFor();
    await expectAccessible(page);
  });

  it('say that the service is away, and go on when it is back', async () => {
    const { email } = account;
    const page = await visit.open('/sign-in');
    await signIn(page, email, PASSWORD);
    await visit.context.route('**/sessions?*', (route) => route.abort());
    await page.getByRole('link', { name: 'Security' }).click();
    await page.getByText('The service could not be reached.').waitFor();
    await expectAccessible(page);
    await visit.context.unroute('**/sessions?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('this device').waitFor();
  });

  it('come after all when their script did not at first', async () => {
    const page = await visit.open('/sign-in');
    await signIn(page, account.email);
    await visit.context.route('**/assets/api-keys-*.js', (route) => route.abort());
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByRole('heading', { level: 1, name: 'Something went wrong' }).waitFor();
    expect(await page.title()).toContain('Something went wrong');
    await expectAccessible(page);
    await visit.context.unroute('**/assets/api-keys-*.js');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
  });

  it('take their dialogues with them', async () => {
    const page = await visit.open('/sign-in');
    await signIn(page, account.email);
    await page.getByRole('link', { name: 'Your data' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Hello' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
