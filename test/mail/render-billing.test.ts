import { describe, expect, it } from 'vitest';
import { BILLING_MAIL_SAMPLES } from '../../dev/billing-mail-samples.ts';
import type { BillingMail } from '../../src/mail/billing-kinds.ts';
import { MailContent } from '../../src/mail/kinds.ts';
import { type MailContext, renderMail } from '../../src/mail/render.ts';

const context: MailContext = {
  appName: 'Acme',
  frontendUrl: 'https://app.acme.test/app',
  linkTtlSeconds: 86_400,
  // No mail of billing has a link that is worth stealing.
  links: {
    verifyEmail: unwanted,
    confirmEmailChange: unwanted,
    undoEmailChange: unwanted,
    resetPassword: unwanted,
    loginCode: unwanted,
  },
};

function unwanted(): never {
  throw new Error('nobody asked for this link');
}

const PERIOD_END = '2026-12-20T23:30:00+00:00';
const TRIAL_END = '2026-12-04T12:00:00.123456+00:00';
const ada = { username: 'ada', plan_name: 'Pro' };
const usd = { amount_cents: 1_900, currency: 'USD' };
const monthly = { ...usd, billing_period: 'monthly' } as const;
const started = {
  kind: 'subscription_started',
  ...ada,
  ...monthly,
  period_end: PERIOD_END,
  trial_end: null,
} as const;

/** The HTML without its tags, and the text without its line breaks: what both say has to be the same. */
async function bodiesOf(content: BillingMail): Promise<string[]> {
  const { html, text } = await renderMail(content, context);
  const read = html
    .replace(/^[\s\S]*<h1/, '<h1')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&#39;', "'");
  return [read, text].map((body) => body.replace(/[ \n]+/g, ' '));
}

/** A mail, what it has to say, and what it must not. */
type Saying = [string, BillingMail, string[], RegExp?];

const SAYINGS: Saying[] = [
  [
    'a subscription: what it costs and when it renews',
    started,
    ['on Pro, for $19.00 a month.', 'renews on 20 December 2026 (UTC).'],
    /trial|free/,
  ],
  [
    'a yearly one in yen',
    { ...started, amount_cents: 19_000, currency: 'JPY', billing_period: 'yearly' },
    ['¥19,000 a year'],
  ],
  ['one without a known end', { ...started, period_end: null }, ['$19.00 a month'], /renews|null/],
  [
    'a trial: until when it is free, and what it costs then',
    { ...started, period_end: TRIAL_END, trial_end: TRIAL_END },
    [
      'Your trial has started',
      'free of charge until 4 December 2026, 12:00 UTC. From then on it costs $19.00 a month, unless you cancel before.',
    ],
    /renews/,
  ],
  [
    'a grant: until when',
    { ...started, amount_cents: 0 },
    ['nothing is charged for it. Its current period ends on 20 December 2026, 23:30 UTC.'],
    /\$|renews/,
  ],
  [
    'a renewal: what was paid and what comes next',
    { kind: 'subscription_renewed', ...ada, ...usd, period_end: PERIOD_END },
    ['to Pro was renewed, and you paid $19.00 for it.', 'renews again on 20 December 2026 (UTC).'],
  ],
  [
    'a renewal for nothing',
    { kind: 'subscription_renewed', ...ada, ...usd, amount_cents: 0, period_end: null },
    ['to Pro was renewed. Thank you!'],
    /\$|renews|null/,
  ],
  [
    'a change of plan: from which to which',
    { kind: 'subscription_changed', ...ada, old_plan_name: 'Starter' },
    ['account moved from Starter to Pro. Its limits'],
  ],
  [
    'a change of plan: to which',
    { kind: 'subscription_changed', ...ada, old_plan_name: null },
    ['account is now on Pro. Its limits'],
    /null|from ,/,
  ],
  [
    'a cancellation: how long it lasts, and that it can be resumed until then',
    { kind: 'subscription_canceled', ...ada, period_end: PERIOD_END },
    ["won't renew. It stays yours until 20 December 2026, 23:30 UTC;", 'Until then you can resume it'],
  ],
  [
    'a cancellation, where the end is not known',
    { kind: 'subscription_canceled', ...ada, period_end: null },
    ['yours until its current period ends;', 'Until then you can resume it'],
  ],
  ['an end', { kind: 'subscription_ended', ...ada }, ['to Pro has ended. Your account is on the free plan']],
  [
    'an end that comes: when, and how to keep it',
    { kind: 'subscription_expiring', ...ada, period_end: PERIOD_END },
    ["to Pro ends on 20 December 2026, 23:30 UTC and won't renew.", 'see what you can do before then'],
  ],
  [
    'a failed payment: of what, and how long access lasts',
    { kind: 'payment_failed', ...ada, ...usd, access_until: TRIAL_END },
    ['could not charge $19.00 for Pro at Acme.', 'Until 4 December 2026, 12:00 UTC you keep your access.'],
  ],
  [
    'a failed payment, where no more is known',
    { kind: 'payment_failed', ...ada, ...usd, plan_name: null, access_until: null },
    ['could not charge $19.00 for your subscription at Acme.'],
    /null|you keep your access/,
  ],
  [
    'a payment to confirm',
    { kind: 'payment_action_required', ...ada, ...usd },
    ['confirm a payment of $19.00 for Pro at Acme.', 'not charged until you do'],
  ],
  [
    'a payment to confirm, for whatever plan',
    { kind: 'payment_action_required', ...ada, ...usd, plan_name: null },
    ['confirm a payment of $19.00 for your subscription at Acme.'],
    /null/,
  ],
  [
    'a trial that ends: when, what it costs then, and how not to pay',
    { kind: 'trial_ending', ...ada, ...monthly, billing_period: 'yearly', trial_end: TRIAL_END },
    ['ends on 4 December 2026, 12:00 UTC. From then on it costs $19.00 a year.', 'cancel before then'],
  ],
  [
    'a refund',
    { kind: 'payment_refunded', username: 'ada', amount_cents: 990, currency: 'EUR' },
    ['We refunded €9.90 of what you paid at Acme.'],
  ],
];

describe('the mails of billing', () => {
  it.each(SAYINGS)('tell of %s', async (_, content, said, unsaid) => {
    for (const body of await bodiesOf(content)) {
      for (const words of said) expect(body).toContain(words);
      if (unsaid) expect(body).not.toMatch(unsaid);
    }
  });

  const samples = Object.values(BILLING_MAIL_SAMPLES).flat();

  it.each(samples)('$kind: leads to billing, and nowhere else', async (content) => {
    const { subject, html, text } = await renderMail(content, context);
    const url = 'https://app.acme.test/app/billing';
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([url, url]);
    expect(text.match(/^http.*$/gm)).toEqual([url]);
    expect(subject).toContain('Acme');
    for (const body of [html, text]) {
      expect(body).toContain('You get this mail because');
      expect(body).not.toMatch(/\{[{%]|%\}|undefined|null|\[object/);
    }
    expect(text).not.toMatch(/<|\n{3}| \n(?<!-- \n)/);
  });

  it.each(samples)('$kind: names are text, whatever they hold', async (sample) => {
    const name = `<b>Evil.test</b>\r\nPay here: {{ app_name }}`;
    const names = Object.keys(sample).filter((key) => /name$/.test(key));
    const content = { ...sample, ...Object.fromEntries(names.map((key) => [key, name])) };
    const { subject, html, text } = await renderMail(content, context);
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;b&gt;Evil.\u2060test&lt;/b&gt; Pay here: {{ app_name }}');
    expect(text).not.toMatch(/^Pay here|Evil\.test/m);
    expect(subject).not.toContain('Evil');
  });

  it('take the instants that the database writes', () => {
    for (const instant of [
      '2026-11-20T12:00:00+00:00',
      '2026-11-20T12:00:00.123456+00:00',
      '2026-11-20T12:00:00Z',
    ])
      expect(MailContent.parse({ ...started, period_end: instant })).toHaveProperty('period_end', instant);
  });

  it.each([
    ['an amount in parts of cents', { amount_cents: 19.5 }],
    ['less than nothing', { amount_cents: -1 }],
    ['a currency in lower case', { currency: 'usd' }],
    ['a period that nobody has', { billing_period: 'weekly' }],
    ['an instant that is none', { period_end: 'soon' }],
    ['a local time', { period_end: '2026-11-20T12:00:00' }],
  ])('are not made of %s', (_, wrong) => {
    expect(MailContent.safeParse({ ...started, ...wrong }).success).toBe(false);
  });
});
