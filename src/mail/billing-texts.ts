import { formatMoney } from '../money.ts';
import type { BillingMail } from './billing-kinds.ts';
import { utc, utcDay } from './dates.ts';

/**
 * The money and the times of a payload as its templates say them. A deadline has its minute. `renews_on` is the day of
 * `period_end`, for where that is the next payment and not an end.
 */
export function billingTexts(content: BillingMail, frontendUrl: string) {
  return {
    billing_url: `${frontendUrl}/billing`,
    ...('amount_cents' in content && { amount: formatMoney(content.amount_cents, content.currency) }),
    ...('billing_period' in content && { a_period: A_PERIOD[content.billing_period] }),
    ...('period_end' in content && {
      period_end: content.period_end && utc(content.period_end),
      renews_on: content.period_end && utcDay(content.period_end),
    }),
    ...('trial_end' in content && { trial_end: content.trial_end && utc(content.trial_end) }),
    ...('access_until' in content && { access_until: content.access_until && utc(content.access_until) }),
  };
}

const A_PERIOD = { monthly: 'a month', yearly: 'a year' } as const;
