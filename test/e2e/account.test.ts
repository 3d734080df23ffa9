import { describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { newAccount, newPerson, PASSWORD, signIn, signOut, useBrowser } from './browser.ts';

const visit = useBrowser();
const pathOf = (url: string) => url.slice(`${visit.stack.tollgateUrl}/app`.length);

describe('an account', () => {
  it('is made, proven, described, given a key, and left', async () => {
    const { email, username } = newPerson();
    const page = await visit.open('/register');
    await expectAccessible(page);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Username').fill('a');
    await page.getByLabel(/^Password/).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    const username_ = page.getByLabel('Username');
    await expect.poll(() => username_.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => username_.evaluate((field) => field === document.activeElement)).toBe(true);
    await page.getByText('Must have at least 3 characters.').waitFor();
    await expectAccessible(page);
    await username_.fill(username);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await page.getByText(`We sent a link to ${email}`).waitFor();
    await expectAccessible(page);

    await page.goto(await visit.mailedLink(email, 'verify'));
    await page.getByText('Your email address is confirmed.').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.getByText('Your email address is confirmed.').waitFor();
    expect(await page.getByText(`We sent a link to ${email}`).count()).toBe(0);

    await page.getByRole('link', { name: 'Profile' }).click();
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Address of a picture').fill('http://images.acme.test/ada.png');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Must be an https address.').waitFor();
    await expectAccessible(page);
    await page.getByLabel('Address of a picture').fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    await expect.poll(() => page.getByLabel('First name').inputValue()).toBe('Ada');

    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByText('You have no API keys.').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'New key' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByLabel('Name').fill('Warehouse sync');
    await dialogue.getByLabel('Report usage').check();
    await dialogue.getByLabel('Expires').fill('2030-01-31');
    await expectAccessible(page);
    await dialogue.getByRole('button', { name: 'Make key' }).click();
    const key = await dialogue.getByLabel('Your new key').innerText();
    await expectAccessible(page);
    const usage = await fetch(`${visit.stack.tollgateUrl}/usage`, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify({ metric: 'items', quantity: 1, idempotency_key: 'once' }),
    });
    expect(usage.status).toBe(200);
    await dialogue.getByRole('button', { name: 'I have saved it' }).click();
    await page.getByRole('button', { name: 'Revoke Warehouse sync' }).click();
    expect(await page.content()).not.toContain(key);
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('You have no API keys.').waitFor();

    await signOut(page);
    expect(pathOf(page.url())).toBe('/sign-in');
    const kept = await page.evaluate(() => JSON.stringify([document.cookie, localStorage, sessionStorage]));
    for (const secret of [username, key, 'eyJ']) expect(kept).not.toContain(secret);
    await expectAccessible(page);
  });

  it('is deleted by whoever types its name and password', async () => {
    const { email, username } = await newAccount(visit);
    const page = await visit.open('/data');
    await signIn(page, email);
    await expectAccessible(page);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^account-[\w-]+\.json$/);
    await page.getByRole('button', { name: 'Delete account' }).click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByLabel('Enter your username').fill('somebody');
    await dialogue.getByLabel('Your password').fill('not the password');
    await dialogue.getByRole('button', { name: 'Delete account' }).click();
    await dialogue.getByText('That is not your username.').waitFor();
    await dialogue.getByLabel('Enter your username').fill(username);
    await dialogue.getByRole('button', { name: 'Delete account' }).click();
    await dialogue.getByText('That is not the password').waitFor();
    await expectAccessible(page);
    await dialogue.getByLabel('Your password').fill(PASSWORD);
    await dialogue.getByRole('button', { name: 'Delete account' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await visit.sql`SELECT 1 FROM users WHERE email = ${email}`).toEqual([]);
  });

  it('moves to another address by the link mailed there, and back by the other', async () => {
    const { email } = await newAccount(visit);
    const elsewhere = newPerson().email;
    const page = await visit.open('/profile');
    await signIn(page, email);
    await page.getByLabel('New email address').fill(elsewhere);
    await page.getByLabel('Your password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Mail me a link' }).click();
    await page.getByText(`we sent to ${elsewhere}`).waitFor();

    await page.goto(await visit.mailedLink(elsewhere, 'email-change'));
    await expectAccessible(page);
    // Opening the link alone has changed nothing.
    expect(await visit.sql`SELECT 1 FROM users WHERE email = ${elsewhere}`).toEqual([]);
    await page.getByRole('button', { name: 'Change the address' }).click();
    await page.getByText('Your email address is changed.').waitFor();
    await page.getByRole('link', { name: 'Go on' }).click();
    await page.getByText(elsewhere).first().waitFor();

    await page.goto(await visit.mailedLink(email, 'email-change/undo'));
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText('Your account is back at this address.').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Set a new password' }).click();
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor();
  });

  it('changes its password, which signs its other devices out', async () => {
    const { email } = await newAccount(visit);
    const page = await visit.open('/security');
    await signIn(page, email);
    await fetch(`${visit.stack.tollgateUrl}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': 'curl/8.0' },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    await page.reload();
    await page.getByRole('button', { name: 'Sign out curl' }).waitFor();
    await expectAccessible(page);
    await page.getByLabel('Present password').fill(PASSWORD);
    await page.getByLabel('New password').fill('an even better password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Sign out curl' }).count()).toBe(0);
    await page.getByText('this device').waitFor();
  });

  it('is mailed one link to set a password, however often it asks at once', async () => {
    const { email } = await newAccount(visit);
    const page = await visit.open('/security');
    await signIn(page, email);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
    });
    await page
      .getByRole('button', { name: 'Mail me a link to set one' })
      .evaluate((button: HTMLButtonElement) => {
        button.click();
        button.click();
      });
    await page.getByText(`A link is on its way to ${email}.`).waitFor();
    expect(asked).toEqual(['/forget-password']);
  });
});
