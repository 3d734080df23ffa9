/** What of a subscription decides it. */
type Subscription = {
  readonly provider: string;
  readonly status: string;
  readonly has_access: boolean;
  readonly cancel_at_period_end: boolean;
};

type Holdings = { readonly subscription: Subscription | null; readonly payments: readonly unknown[] };

/** How things stand with a subscription, as far as a person has to do something else in each case. */
export type Standing =
  | 'none'
  /** By an administrator: nobody pays for it. */
  | 'granted'
  | 'active'
  | 'trial'
  /** Cancelled, and runs until the end of what is paid. */
  | 'canceling'
  /** A renewal was not paid. */
  | 'owing'
  /** The first payment has not come yet. */
  | 'incomplete'
  /** The trial is over and there is nothing to pay with. */
  | 'paused'
  /** It is paid and grants nothing: a dispute, or a price that belongs to no plan. */
  | 'suspended';

/** Which of them it is. */
export function standingOf(subscription: Subscription | null): Standing {
  if (!subscription) return 'none';
  if (subscription.provider === 'manual') return 'granted';
  switch (subscription.status) {
    case 'incomplete':
    case 'paused':
      return subscription.status;
    case 'past_due':
    case 'unpaid':
      return 'owing';
    case 'canceled':
    case 'incomplete_expired':
      return 'none';
    default:
      if (!subscription.has_access) return 'suspended';
      if (subscription.cancel_at_period_end) return 'canceling';
      return subscription.status === 'trialing' ? 'trial' : 'active';
  }
}

/** Whether something has to be paid, or paid with, before anything else can be done. */
export const isOwing = ({ subscription }: Pick<Holdings, 'subscription'>): boolean => {
  const standing = standingOf(subscription);
  return standing === 'owing' || standing === 'paused';
};

/** Whether the payment provider has a page for this account: something was bought, now or once. */
export const hasPortal = ({ subscription, payments }: Holdings): boolean =>
  payments.length > 0 || (subscription !== null && subscription.provider !== 'manual');
