import type { BillingMail } from '../src/mail/billing-kinds.ts';

const username = 'ada.lovelace';
const plan_name = 'Pro';
const usd = { amount_cents: 1_900, currency: 'USD' };
const monthly = { ...usd, billing_period: 'monthly' } as const;
const started = { kind: 'subscription_started', username, plan_name } as const;
// As the database writes them.
const period_end = '2026-12-20T10:24:59.123456+00:00';
const trial_end = '2026-12-04T10:24:00+00:00';

/** The mails of billing as they may look, with the variants that a template tells apart. */
export const BILLING_MAIL_SAMPLES: {
  readonly [Kind in BillingMail['kind']]: readonly Extract<BillingMail, { kind: Kind }>[];
} = {
  subscription_started: [
    { ...started, ...monthly, period_end, trial_end: null },
    { ...started, ...monthly, period_end: trial_end, trial_end },
    // Granted, with an end and without.
    { ...started, ...monthly, amount_cents: 0, period_end, trial_end: null },
    { ...started, ...monthly, amount_cents: 0, period_end: null, trial_end: null },
  ],
  subscription_renewed: [
    { kind: 'subscription_renewed', username, plan_name, ...usd, period_end },
    { kind: 'subscription_renewed', username, plan_name, ...usd, amount_cents: 0, period_end: null },
  ],
  subscription_changed: ['Starter', null].map((old_plan_name) => ({
    kind: 'subscription_changed',
    username,
    old_plan_name,
    plan_name,
  })),
  subscription_canceled: [period_end, null].map((end) => ({
    kind: 'subscription_canceled',
    username,
    plan_name,
    period_end: end,
  })),
  subscription_ended: [{ kind: 'subscription_ended', username, plan_name }],
  subscription_expiring: [{ kind: 'subscription_expiring', username, plan_name, period_end }],
  payment_failed: [
    { kind: 'payment_failed', username, plan_name, ...usd, access_until: '2026-11-27T10:24:00+00:00' },
    { kind: 'payment_failed', username, plan_name: null, ...usd, access_until: null },
  ],
  payment_action_required: [plan_name, null].map((plan) => ({
    kind: 'payment_action_required',
    username,
    plan_name: plan,
    ...usd,
  })),
  trial_ending: [{ kind: 'trial_ending', username, plan_name, trial_end, ...monthly }],
  payment_refunded: [{ kind: 'payment_refunded', username, ...usd }],
};
