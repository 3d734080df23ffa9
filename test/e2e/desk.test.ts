import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scriptOf } from '../../dev/language-model/script.ts';
import { picturesOf } from '../../dev/screenshots/pages.ts';
import { type People, type Person, seed } from '../../dev/screenshots/seed.ts';
import { expectAccessible } from './accessible.ts';
import { newAccount, PASSWORD, useBrowser } from './browser.ts';

const visit = useBrowser();

let people: People;
/** An administrator's page. */
let desk: Page;

beforeAll(async () => {
  people = await seed(visit.stack.tollgateUrl, visit.sql);
});
beforeEach(async () => {
  desk = await openAs(people.admin, visit.context);
});

/** A page on which somebody is about to be found signed in. */
async function openAs({ email, password }: Person, context: BrowserContext): Promise<Page> {
  const answer = await context.request.post(`${visit.stack.tollgateUrl}/login`, {
    data: { email, password },
  });
  expect(answer.status()).toBe(200);
  const page = await context.newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  return page;
}

/** A page in a browser of somebody else's. */
async function openElsewhere(person: Person): Promise<Page> {
  const context = await visit.context.browser()?.newContext();
  if (!context) throw new Error('the browser is gone');
  visit.context.on('close', () => void context.close());
  return openAs(person, context);
}

async function newPerson(): Promise<Person> {
  const { email } = await newAccount(visit);
  const [row] = await visit.sql`SELECT id FROM users WHERE email = ${email}`;
  return { id: String(row?.id), email, password: PASSWORD };
}

const open = (path: string, page = desk) => page.goto(`${visit.stack.tollgateUrl}/app${path}`);
const button = (name: string) => desk.getByRole('button', { name, exact: true });
const heading = (name: string, page = desk) => page.getByRole('heading', { name, level: 1 });
const sentence = (said: string | RegExp, page = desk) => page.getByText(said).first();

/** An act from the menu of an account's page, as far as the question whether it is meant. */
async function chooseAct({ id }: Person, name: string): Promise<void> {
  await open(`/admin/users/${id}`);
  await button('Actions').click();
  await desk.getByRole('menuitem', { name }).click();
  await desk.getByRole('dialog').waitFor();
}

/** What a page sends that changes something. */
function changesOf(page: Page): string[] {
  const changes: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (request.method() !== 'GET' && pathname !== '/refresh-token')
      changes.push(`${request.method()} ${pathname}`);
  });
  return changes;
}

describe('an account at the desk', () => {
  it('is found, disabled once by a double click, out at once, and enabled again', async () => {
    const user = await newPerson();
    const theirs = await openElsewhere(user);
    await open('/profile', theirs);
    await heading('Profile', theirs).waitFor();

    await open('/admin/users');
    await desk.getByLabel('Search').fill(user.email);
    await desk.getByRole('link', { name: user.email }).click();
    await button('Actions').click();
    await desk.getByRole('menuitem', { name: 'Disable the account' }).click();
    const dialogue = desk.getByRole('dialog');
    await dialogue.getByText('is signed out everywhere at once').waitFor();
    const changes = changesOf(desk);
    await dialogue.getByRole('button', { name: 'Disable the account' }).dblclick();
    await sentence(`${user.email} is disabled.`).waitFor();
    await desk.getByText('Disabled', { exact: true }).waitFor();
    expect(changes).toEqual([`PATCH /admin/users/${user.id}/status`]);

    await theirs.getByRole('link', { name: 'API keys' }).click();
    await theirs.waitForURL(/\/app\/sign-in/);

    await desk.getByRole('tab', { name: 'Audit trail' }).click();
    const row = desk.getByRole('row').filter({ hasText: 'user.deactivate' });
    await row.getByText('is_active').waitFor();
    await row.getByRole('button', { name: 'Details' }).click();
    await desk.getByRole('dialog').getByRole('cell', { name: 'is_active' }).waitFor();
    await desk.keyboard.press('Escape');

    await chooseAct(user, 'Enable the account');
    await desk.getByRole('dialog').getByRole('button', { name: 'Enable the account' }).click();
    await sentence(`${user.email} is enabled.`).waitFor();
  });

  it('is granted a plan, which is moved and ended', async () => {
    const user = await newPerson();
    await chooseAct(user, 'Grant a plan');
    await desk.getByRole('combobox', { name: 'Plan' }).click();
    await desk.getByRole('option', { name: 'Pro' }).click();
    await desk.getByLabel('Until').fill(`${new Date().getFullYear() + 1}-05-15T12:00`);
    await expectAccessible(desk);
    await desk.getByLabel('Reason').fill('A friend of the house');
    await button('Grant the plan').click();
    await sentence(`${user.email} has Pro now.`).waitFor();

    await desk.getByRole('tab', { name: 'Subscriptions (1)' }).click();
    await button(`Move the end: Pro, ${user.email}`).click();
    await desk.getByRole('dialog').getByRole('button', { name: 'Move the end' }).click();
    await sentence('The end was moved.').waitFor();
    await desk.getByText('without an end').waitFor();
    await button(`End now: Pro, ${user.email}`).click();
    await button('End it now').click();
    await sentence(`Pro of ${user.email} was ended.`).waitFor();
    await desk.getByText('ended', { exact: true }).waitFor();
  });

  it('says what the service refuses, and stays as it was', async () => {
    await chooseAct(people.admin, 'Disable the account');
    await desk.getByRole('dialog').getByRole('button', { name: 'Disable the account' }).click();
    await desk
      .getByRole('alert')
      .getByText(/administrator/)
      .waitFor();
    await expectAccessible(desk);
    await button('Cancel').click();
    await desk.getByRole('dialog').waitFor({ state: 'hidden' });
  });
});

describe('a list at the desk', () => {
  it('keeps its filters and its page in the address, and goes back through them', async () => {
    await open('/admin/users');
    await desk.getByRole('button', { name: 'Page 2' }).click();
    await desk.waitForURL(/page=2/);
    await desk.getByLabel('Search').fill('user1');
    await desk.waitForURL((url) => url.search === '?q=user1');
    await sentence('user12@example.test').waitFor();
    await desk.reload();
    await expect.poll(() => desk.getByLabel('Search').inputValue()).toBe('user1');
    await desk.goBack();
    await desk.waitForURL((url) => url.search === '?page=2');
    expect(await desk.getByLabel('Search').inputValue()).toBe('');
    await desk.getByRole('combobox', { name: 'Signed up by' }).click();
    await desk.getByRole('option', { name: 'GitHub' }).click();
    await desk.waitForURL((url) => url.search === '?provider=github');
    await desk.getByLabel('Signed up from').fill('2026-01-31');
    await desk.waitForURL((url) => url.search === '?provider=github&from=2026-01-31');
  });

  it('turns to its last page when the address names one beyond it', async () => {
    await open('/admin/users?page=500');
    await desk.getByRole('row').nth(1).waitFor();
    const page = new URL(desk.url()).searchParams.get('page');
    expect(await desk.locator('[aria-current="page"]').last().textContent()).toBe(page);
    expect(Number(page)).toBeLessThan(500);
  });

  it('names the filter that the service cannot accept', async () => {
    await open('/admin/audit?user=nobody');
    await sentence('Some of what was entered cannot be accepted.').waitFor();
    await desk.getByRole('alert').getByText('Account id: ').waitFor();
  });

  it('of dead mails and events replays them', async () => {
    await open('/admin/mails');
    await desk.getByRole('button', { name: 'Send again' }).first().click();
    await button('Send it again').click();
    await desk.getByRole('dialog').waitFor({ state: 'hidden' });
    await expect.poll(() => desk.getByRole('button', { name: 'Send again' }).count()).toBe(1);
    await open('/admin/events');
    await desk.getByRole('button', { name: 'Replay' }).first().click();
    await button('Replay it').click();
    await desk.getByRole('dialog').waitFor({ state: 'hidden' });
    await expect.poll(() => desk.getByRole('button', { name: 'Replay' }).count()).toBe(1);
  });
});

describe('the plans editor', () => {
  it('shows what the service says of a field by the field, says what a new price means, and takes off sale', async () => {
    await open('/admin/plans/new');
    await desk.getByLabel('Name').fill('Guild');
    await desk.getByLabel('Code').fill('Not a code');
    await desk.getByLabel('Price in the smallest unit').fill('4900');
    await button('Make a plan').click();
    await sentence('Must be lower-case letters and digits').waitFor();
    await desk.getByLabel('Code').fill('guild');
    await button('Make a plan').click();
    await sentence('Guild is on sale.').waitFor();

    await desk.getByRole('link', { name: 'Guild', exact: true }).click();
    await desk.getByLabel('Price in the smallest unit').fill('5900');
    await sentence(/goes on paying .*49\.00.* from now on pays .*59\.00/).waitFor();
    await button('Save').click();
    await sentence('Guild is saved.').waitFor();

    const row = desk.getByRole('row').filter({ hasText: 'Guild' });
    await row.getByText('59.00').waitFor();
    await row.getByRole('button', { name: 'Take off sale' }).click();
    await button('Take it off sale').click();
    await row.waitFor({ state: 'hidden' });
  });
});

describe('asking', () => {
  const ask = async (question: string) => {
    await open('/admin/ask');
    await desk.getByLabel('Your question').fill(question);
    await button('Ask').click();
  };

  it('in words shows the way to the answer, and hands out the file', async () => {
    await ask('Make a CSV of all payments');
    await sentence('SELECT * FROM payments').waitFor();
    await sentence(/^The file has \d+ rows of payments/).waitFor();
    await expectAccessible(desk);
    const [file] = await Promise.all([desk.waitForEvent('download'), button('Download CSV').click()]);
    const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
    expect(file.suggestedFilename()).toMatch(/^export-.+\.csv$/);
    expect(lines[0]).toContain('amount_cents');
    expect(lines.length).toBeGreaterThan(10);
  });

  it('says what went wrong with the model or the query, and can be cancelled', async () => {
    await ask(scriptOf([{ status: 500 }]));
    await desk.getByRole('alert').getByText('The language model does not answer').waitFor();
    const query = { tool: 'run_sql', arguments: { sql: 'SELECT nothing FROM users', mode: 'preview' } };
    await ask(scriptOf([query, { content: 'It cannot be said.' }]));
    await sentence(/column "nothing" does not exist/i).waitFor();
    await sentence('It cannot be said.').waitFor();
    await ask(scriptOf([{ delay_ms: 20_000, content: 'Too late.' }]));
    await button('Cancel').click();
    await sentence('You cancelled this question.').waitFor();
  });

  it('in SQL shows rows, counts them, and says what is wrong with it', async () => {
    await open('/admin/ask?by=sql');
    await desk.getByLabel('One SELECT').fill("SELECT '<img src=x onerror=alert(1)>' AS name, 2 AS two");
    await button('Run').click();
    await desk.getByRole('cell', { name: '<img src=x onerror=alert(1)>' }).waitFor();
    await desk.getByText('Count rows').click();
    await button('Run').click();
    await sentence('One row').waitFor();
    await desk.getByLabel('One SELECT').fill('DELETE FROM users');
    await button('Run').click();
    await desk.getByRole('alert').waitFor();
    await button('users One row an account.').click();
    await desk.getByRole('rowheader', { name: 'email', exact: true }).waitFor();
  });
});

describe('the desk is for administrators', () => {
  it('others neither see it in the menu nor load any of it', async () => {
    const page = await openElsewhere(people.customer);
    const scripts: string[] = [];
    page.on('request', (request) => {
      if (request.resourceType() === 'script') scripts.push(new URL(request.url()).pathname);
    });
    await open('/billing', page);
    await heading('Billing', page).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.getByRole('link', { name: 'Dashboard' }).count()).toBe(0);
    expect(scripts.filter((path) => /dashboard|audit|users/.test(path))).toEqual([]);
    await open('/admin/users', page);
    await sentence('Only administrators can see this page.', page).waitFor();
  });

  it('leads out whoever stops being one while using it', async () => {
    const other = await newPerson();
    await visit.sql`UPDATE users SET is_admin = true WHERE id = ${other.id}`;
    const page = await openElsewhere(other);
    await open('/admin', page);
    await page.getByRole('link', { name: 'Mails', exact: true }).waitFor();
    await visit.sql`UPDATE users SET is_admin = false WHERE id = ${other.id}`;
    await page.getByRole('link', { name: 'Mails', exact: true }).click();
    await sentence('You are no longer an administrator', page).waitFor();
    expect(await page.getByRole('link', { name: 'Mails', exact: true }).count()).toBe(0);
    await page.getByRole('link', { name: 'To the start page' }).click();
    await page.waitForURL(/\/app\/?$/);
  });
});

it('no page of the desk has what axe-core calls serious, in light and dark', {
  timeout: 240_000,
}, async () => {
  const pictures = picturesOf(people).filter(({ name }) => name.startsWith('desk'));
  for (const { path, as, act } of pictures) {
    if (as !== 'admin') continue;
    await open(path);
    await desk.getByRole('heading', { level: 1 }).first().waitFor();
    await act?.(desk);
    await desk.waitForLoadState('networkidle');
    await expectAccessible(desk);
    // What else is wrong with a page is so in both.
    await desk.emulateMedia({ colorScheme: 'dark' });
    await desk.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await expectAccessible(desk, ['color-contrast']);
    await desk.emulateMedia({ colorScheme: 'light' });
  }
});
