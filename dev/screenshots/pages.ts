import type { Page } from 'playwright-core';
import type { People } from './seed.ts';

/** A page to take a picture of. */
export type Picture = {
  /** Of the file. */
  readonly name: string;
  readonly path: string;
  /** Nobody where left out. */
  readonly as?: keyof People;
  /** What is done on it before. */
  readonly act?: (page: Page) => Promise<void>;
};

const openActs = async (page: Page) => {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menu').waitFor();
};

/** Every page of the app. A new page gets a line here. */
export const picturesOf = ({ admin, customer }: People): readonly Picture[] => [
  { name: 'sign-in', path: '/sign-in' },
  { name: 'register', path: '/register' },
  { name: 'forgot-password', path: '/forgot-password' },
  { name: 'verify', path: '/verify?token=unknown' },
  { name: 'new-password', path: '/new-password?token=unknown' },
  { name: 'email-change', path: '/email-change?token=unknown' },
  { name: 'email-change-undo', path: '/email-change/undo?token=unknown' },
  { name: 'not-found', path: '/nowhere' },

  { name: 'account', path: '/', as: 'customer' },
  { name: 'account-welcome', path: '/welcome', as: 'customer' },
  { name: 'account-profile', path: '/profile', as: 'customer' },
  { name: 'account-security', path: '/security', as: 'customer' },
  { name: 'account-api-keys', path: '/api-keys', as: 'customer' },
  { name: 'account-data', path: '/data', as: 'customer' },

  { name: 'billing', path: '/billing', as: 'customer' },
  { name: 'billing-plans', path: '/billing/plans', as: 'customer' },
  { name: 'billing-payments', path: '/billing/payments', as: 'customer' },
  { name: 'billing-return', path: '/billing/return', as: 'customer' },

  { name: 'desk-not-allowed', path: '/admin', as: 'customer' },
  { name: 'desk', path: '/admin', as: 'admin' },
  { name: 'desk-users', path: '/admin/users', as: 'admin' },
  { name: 'desk-users-none', path: '/admin/users?q=nobody-is-called-that', as: 'admin' },
  { name: 'desk-user', path: `/admin/users/${customer.id}`, as: 'admin' },
  { name: 'desk-user-acts', path: `/admin/users/${customer.id}`, as: 'admin', act: openActs },
  {
    name: 'desk-user-disable',
    path: `/admin/users/${customer.id}`,
    as: 'admin',
    async act(page) {
      await openActs(page);
      await page.getByRole('menuitem', { name: 'Disable the account' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'desk-user-grant',
    path: `/admin/users/${admin.id}`,
    as: 'admin',
    async act(page) {
      await openActs(page);
      await page.getByRole('menuitem', { name: 'Grant a plan' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  ...['subscriptions', 'payments', 'sessions', 'keys', 'audit'].map(
    (tab): Picture => ({
      name: `desk-user-${tab}`,
      path: `/admin/users/${customer.id}?tab=${tab}`,
      as: 'admin',
    }),
  ),
  { name: 'desk-plans', path: '/admin/plans', as: 'admin' },
  { name: 'desk-plans-new', path: '/admin/plans/new', as: 'admin' },
  {
    name: 'desk-plans-edit',
    path: '/admin/plans',
    as: 'admin',
    async act(page) {
      await page.getByRole('link', { name: 'Pro', exact: true }).click();
      await page.getByLabel('Price in the smallest unit').fill('2900');
    },
  },
  { name: 'desk-subscriptions', path: '/admin/subscriptions', as: 'admin' },
  { name: 'desk-payments', path: '/admin/payments', as: 'admin' },
  { name: 'desk-audit', path: '/admin/audit', as: 'admin' },
  {
    name: 'desk-audit-details',
    path: '/admin/audit',
    as: 'admin',
    async act(page) {
      await page.getByRole('button', { name: 'Details' }).first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'desk-mails', path: '/admin/mails', as: 'admin' },
  { name: 'desk-events', path: '/admin/events', as: 'admin' },
  { name: 'desk-alerts', path: '/admin/alerts', as: 'admin' },
  { name: 'desk-ask', path: '/admin/ask', as: 'admin' },
  {
    name: 'desk-ask-answered',
    path: '/admin/ask',
    as: 'admin',
    async act(page) {
      await page.getByLabel('Your question').fill('Show the newest subscriptions');
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.getByText('Answered.').waitFor();
    },
  },
  {
    name: 'desk-ask-sql',
    path: '/admin/ask?by=sql',
    as: 'admin',
    async act(page) {
      await page
        .getByLabel('One SELECT')
        .fill('SELECT plan_code, count(*) FROM users GROUP BY 1 ORDER BY 2 DESC');
      await page.getByRole('button', { name: 'Run' }).click();
      await page.getByRole('region', { name: 'Result' }).waitFor();
    },
  },
];
