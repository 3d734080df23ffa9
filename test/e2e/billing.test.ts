import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './accessible.ts';
import { newAccount, newPerson, PASSWORD, signIn, useBrowser } from './browser.ts';

const visit = useBrowser();

let page: Page;
let email: string;

/** For what happens behind the pages. */
const SLOWLY = { timeout: 30_000, interval: 250 };

beforeAll(async () => {
  await visit.sql`
    INSERT INTO plans (name, code, price_cents, currency, billing_period, tier, trial_days, max_items, max_secondary, api_access)
    VALUES ('Team', 'team', 4900, 'USD', 'monthly', 'pro', 14, 500, 0, true)`;
});

/** Signs up on the pages: the form, then the link in the mail. */
async function signUp(): Promise<void> {
  const person = newPerson();
  email = person.email;
  page = await visit.open('/register');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel(/^Password/).fill(PASSWORD);
  await button('Create account').click();
  await page.getByRole('heading', { name: 'Welcome' }).waitFor();
  await page.goto(await visit.mailedLink(email, 'verify'));
  await text('Your email address is confirmed.').waitFor();
}

/** Somebody whose mailbox is proven, signed in. */
async function arrive(): Promise<void> {
  ({ email } = await newAccount(visit));
  page = await visit.open('/sign-in');
  await signIn(page, email);
}

const open = (path: string) => page.goto(`${visit.stack.tollgateUrl}/app${path}`);
const button = (name: string | RegExp) => page.getByRole('button', { name });
const text = (said: string | RegExp) => page.getByText(said).first();
const planCard = (name: string) => page.getByRole('article', { name });

/** Pays on the emulator's checkout page, with one of its cards. */
async function payBy(card: string): Promise<void> {
  await page.waitForURL(/\/c\/pay\//);
  await page.getByLabel(card, { exact: true }).check();
  await button(/^(Pay|Start)/).click();
}

async function buy(plan: string, card = 'A card that works'): Promise<void> {
  await arrive();
  await open('/billing/plans');
  await button(`Choose ${plan}`).click();
  await payBy(card);
  await text('All set').waitFor();
}

/** Uses another card on the emulator's portal, which pays what is open, and comes back. */
async function payInPortal(): Promise<void> {
  await page.waitForURL(/\/p\/session\//);
  await page.getByLabel('A card that works', { exact: true }).check();
  await button('Save').click();
  await page.getByRole('link', { name: 'Back' }).click();
}

/** What only time and banks do. */
async function atStripe(command: string, body: object): Promise<void> {
  const response = await fetch(`${visit.stack.stripeUrl}/_control${command}`, {
    method: 'POST',
    headers: { Authorization: 'Bearer sk_test_emulator_development', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(200);
}

async function subscriptionOfCustomer(): Promise<{ customer: string; subscription: string; status: string }> {
  const [row] = await visit.sql`
    SELECT s.provider_customer_id AS customer, s.provider_subscription_id AS subscription, s.status
    FROM subscriptions s JOIN users u ON u.id = s.user_id WHERE u.email = ${email}
    ORDER BY s.started_at DESC LIMIT 1`;
  return row as { customer: string; subscription: string; status: string };
}

describe('buying', () => {
  it('goes from signing up to a paid plan by the checkout page, and shows what was paid', async () => {
    await signUp();
    await open('/billing');
    await text('No payments yet.').waitFor();
    await text('0 of 10').waitFor();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'See the plans' }).click();
    await planCard('Free').getByText('Your plan').waitFor();
    await expectAccessible(page);
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') asked.push(new URL(request.url()).pathname);
    });
    await button('Choose Pro').dblclick();
    await page.waitForURL(/\/c\/pay\//);
    expect(asked).toEqual(['/billing/subscriptions/subscribe']);

    await page.getByRole('link', { name: /Back/ }).click();
    await text('Nothing was bought').waitFor();
    await button('Choose Pro').click();
    await page.waitForURL(/\/c\/pay\//);
    await page.goBack();
    await button('Choose Pro').click();
    await payBy('A card that works');
    await page.waitForURL(/\/app\/billing\/return\?plan=pro/);
    await text('You are on Pro now').waitFor();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'To billing' }).click();
    await page.getByRole('heading', { name: 'Pro' }).waitFor();
    await page.getByRole('row', { name: /\$19\.00.*Paid/ }).waitFor();
    await text('0 of 100').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'All payments' }).click();
    await page.getByRole('row', { name: /\$19\.00.*Paid/ }).waitFor();
    await button('Invoices and receipts').waitFor();
    await expectAccessible(page);
  });

  it('waits for the payment as long as that makes sense, and says what to do then', async () => {
    await arrive();
    await page.clock.install();
    await open('/billing/return?plan=pro');
    await text('We are waiting to hear of your payment').waitFor();
    await expectAccessible(page);
    await expect
      .poll(async () => {
        await page.clock.runFor(10_000);
        return text('Still waiting').isVisible();
      }, SLOWLY)
      .toBe(true);
    await expectAccessible(page);
    const looks: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/billing/subscriptions/me')) looks.push(request.url());
    });
    await page.clock.runFor(120_000);
    // Whatever the page asked for before this is known when this is answered.
    await page.evaluate(() => fetch('/health'));
    expect(looks).toEqual([]);
    await button('Look again').click();
    await text('We are waiting to hear of your payment').waitFor();
  });

  it('takes another plan that one has for no sign of the one that was bought', async () => {
    await buy('Pro');
    await open('/billing/return?plan=enterprise');
    await text('We are waiting to hear of your payment').waitFor();
    await open('/billing/return');
    await text('You are on Pro now').waitFor();
  });

  it('says when nothing can be bought', async () => {
    await arrive();
    await page.route('**/billing/subscriptions/subscribe', (route) =>
      route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        headers: { 'Retry-After': '60' },
        json: { status: 503, code: 'billing_not_configured', detail: 'No payment provider is configured.' },
      }),
    );
    await open('/billing/plans');
    await button('Choose Pro').click();
    await text('Payments are not set up').waitFor();
    expect(await page.getByText('Try again in').count()).toBe(0);
    expect(await button('Choose Pro').isEnabled()).toBe(true);
    await expectAccessible(page);
  });
});

describe('a trial', () => {
  it('begins without a payment, says until when, and ends by buying another plan', async () => {
    await arrive();
    await open('/billing/plans');
    await planCard('Team').getByText('14 days free').waitFor();
    await button('Choose Team').click();
    await payBy('A card that works');
    await text(/Your trial of Team runs until/).waitFor();
    await page.getByRole('link', { name: 'To billing' }).click();
    await text('On trial').waitFor();
    await text('Trial ends').waitFor();
    await expectAccessible(page);

    await open('/billing/plans');
    await button('Upgrade to Enterprise').click();
    await text('Your trial ends when it is paid').waitFor();
    await button('Go to payment').click();
    await payBy('A card that works');
    await text('You are on Enterprise now').waitFor();
    await page.getByRole('link', { name: 'To billing' }).click();
    await text('0, without limit').waitFor();
  });
});

describe('changing the plan', () => {
  it('shows what it costs first, and charges that', async () => {
    await buy('Pro');
    await open('/billing/plans');
    await button('Upgrade to Enterprise').click();
    await text('Due now').waitFor();
    await text('$99.00 a month').waitFor();
    await expectAccessible(page);
    await button('Change and pay $80.00').dblclick();
    await planCard('Enterprise').getByText('Your plan').waitFor();

    await button('Change to Pro').click();
    await text('Nothing is charged now').waitFor();
    await button('Change plan').click();
    await planCard('Pro').getByText('Your plan').waitFor();
    await open('/billing/payments');
    await page.getByRole('row', { name: /\$80\.00.*Paid/ }).waitFor();
    expect(await page.getByRole('row').count()).toBe(3);
  });

  it.each(['declined', 'needs_action'])(
    'leaves it as it is when the card is %s, and leads to where it can be paid',
    async (card) => {
      await buy('Pro');
      await atStripe('/card', { customer: (await subscriptionOfCustomer()).customer, card });
      await open('/billing/plans');
      await button('Upgrade to Enterprise').click();
      await button(/^Change and pay/).click();
      await text('The payment did not go through').waitFor();
      await expectAccessible(page);
      await planCard('Pro').getByText('Your plan').waitFor();
      await button('Manage payment').click();
      await payInPortal();
      await expect
        .poll(async () => {
          await page.reload();
          await planCard('Pro').waitFor();
          return planCard('Enterprise').getByText('Your plan').isVisible();
        }, SLOWLY)
        .toBe(true);
    },
  );
});

describe('cancelling', () => {
  it('says until when the plan stays, and can be taken back', async () => {
    await buy('Pro');
    await open('/billing');
    await button('Cancel subscription').click();
    const dialogue = page.getByRole('dialog');
    await dialogue.getByText(/You keep Pro until/).waitFor();
    await expectAccessible(page);
    await dialogue.getByRole('button', { name: 'Cancel subscription' }).dblclick();
    await text('Your subscription is cancelled').waitFor();
    await expectAccessible(page);
    await open('/billing/plans');
    await text('Your subscription is cancelled').waitFor();
    expect(await button(/Upgrade|Back to/).count()).toBe(0);
    await button('Resume subscription').click();
    await text('Your subscription goes on.').waitFor();
    await button('Upgrade to Enterprise').waitFor();
  });
});

describe('a granted plan', () => {
  it('has no portal and nothing to cancel, and can be replaced by one that is paid', async () => {
    await arrive();
    await visit.sql`
      INSERT INTO subscriptions (user_id, plan_id, provider, provider_subscription_id, status, started_at)
      SELECT users.id, plans.id, 'manual', gen_random_uuid(), 'active', now() FROM users, plans WHERE email = ${email} AND code = 'pro'`;
    await open('/billing');
    await text('This plan was given to you').waitFor();
    expect(await button(/Manage payment|Cancel subscription/).count()).toBe(0);
    await expectAccessible(page);
    await open('/billing/plans');
    await button('Upgrade to Enterprise').click();
    await text('the plan you were given').waitFor();
    await button('Go to payment').click();
    await payBy('A card that works');
    await text('You are on Enterprise now').waitFor();
  });
});

describe('payments', () => {
  it('are shown a page at a time, and the page stays in the address', async () => {
    await arrive();
    await visit.sql`
      INSERT INTO payments (user_id, provider, provider_invoice_id, amount_cents, currency, status, created_at)
      SELECT users.id, 'stripe', 'in_' || users.id || n, 100 * n, 'EUR', 'refunded', now() - make_interval(days => 50 - n)
      FROM users, generate_series(1, 45) AS n WHERE email = ${email}`;
    await open('/billing/payments');
    await page.getByRole('row', { name: /€45\.00.*Refunded/ }).waitFor();
    await button('Page 3').click();
    await page.getByRole('row', { name: /€1\.00/ }).waitFor();
    await text('41–45 of 45').waitFor();
    await expectAccessible(page);
    await page.reload();
    await page.getByRole('row', { name: /€1\.00/ }).waitFor();
    await page.goBack();
    await page.getByRole('row', { name: /€45\.00/ }).waitFor();
  });
});

describe('usage', () => {
  it('is shown against its limit, and is said where there is no bar for it', async () => {
    await arrive();
    const period = { period_start: '2026-11-01T00:00:00.000Z', period_end: '2026-12-01T00:00:00.000Z' };
    const usage = [
      { metric: 'items', used: 12, limit: 10, remaining: 0 },
      { metric: 'secondary', used: 9, limit: 10, remaining: 1 },
      { metric: 'seats_taken', used: 3, limit: -1, remaining: null },
      { metric: 'exports', used: 0, limit: 0, remaining: 0 },
    ].map((row) => ({ ...row, ...period }));
    await page.route('**/billing/overview', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), usage } });
    });
    await open('/billing');
    const bar = (name: string) => page.getByRole('progressbar', { name });
    expect(await bar('Items: 12 of 10, over the limit').getAttribute('aria-valuenow')).toBe('100');
    expect(await bar('Secondary items: 9 of 10').getAttribute('aria-valuenow')).toBe('90');
    await text('3, without limit').waitFor();
    await text('Not in this plan').waitFor();
    expect(await page.getByRole('progressbar').count()).toBe(2);
    await expectAccessible(page);
  });
});

// It puts the emulator's clock forward, so nothing else is bought after it.
describe('a renewal that fails', () => {
  it('is said on every page, until it is paid in the portal', async () => {
    await buy('Pro', 'A card that works now and is declined at the renewal');
    const { subscription } = await subscriptionOfCustomer();
    await atStripe('/advance', { to: 'renewal', subscription });
    await expect.poll(async () => (await subscriptionOfCustomer()).status, SLOWLY).toBe('past_due');
    await open('/');
    await text('A payment failed').waitFor();
    await expectAccessible(page);
    await open('/billing/plans');
    await text('A payment failed').waitFor();
    expect(await button(/Upgrade to/).count()).toBe(0);
    await open('/billing');
    await text('Payment due').waitFor();
    await page.getByRole('row', { name: /\$19\.00.*Failed/ }).waitFor();
    await expectAccessible(page);
    await button('Update payment method').click();
    await payInPortal();
    await page.waitForURL(/\/app\/billing$/);
    await page.getByText('A payment failed').waitFor({ state: 'detached' });
    await text('Active').waitFor();
  });
});
