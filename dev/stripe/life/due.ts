import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf } from '../account/references.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../objects/periods.ts';
import { periodOf } from '../objects/subscription.ts';
import { changeSubscription } from './change.ts';
import { collect } from './collect.ts';
import { endSubscription, expireIncomplete } from './end.ts';
import { expirePendingUpdate } from './pending-update.ts';
import { endTrial, renew, upcomingInvoice } from './renew.ts';
import { expireSession } from './sessions.ts';
import { announceTrialEnd, TRIAL_NOTICE_SECONDS } from './subscribe.ts';

const INCOMPLETE_SECONDS = 23 * HOUR_SECONDS;
const UPCOMING_SECONDS = 7 * DAY_SECONDS;

/** Something that happens by itself at a moment. */
export type Due = { at: number; what: string; subscription: string | null; run: () => void };

/** Executes what falls due until a moment, in order, each at its own time; then it is that moment. */
export function advanceTo(account: Account, target: number): void {
  for (;;) {
    const [next] = dues(account);
    if (!next || next.at > target) break;
    account.at(next.at, next.run);
  }
  if (target > account.now()) {
    account.setClock(target);
    account.changed();
  }
}

/** What is going to happen, the next thing first. */
export function dues(account: Account): Due[] {
  const all = [
    ...account.all('subscription').flatMap((one) => duesOf(account, one)),
    ...account.all('checkout.session').flatMap((session): Due[] => {
      if (session.status !== 'open') return [];
      const run = () => expireSession(account, session);
      return [{ at: session.expires_at, what: 'session_expiry', subscription: null, run }];
    }),
    ...account.all('invoice').flatMap((invoice): Due[] => {
      if (invoice.status !== 'open' || invoice.next_payment_attempt === null) return [];
      const subscription = idOf(invoice.parent?.subscription_details?.subscription);
      const run = () => {
        collect(account, invoice);
      };
      return [{ at: invoice.next_payment_attempt, what: 'retry', subscription, run }];
    }),
  ];
  return all.sort((a, b) => a.at - b.at);
}

function duesOf(account: Account, subscription: Stripe.Subscription): Due[] {
  const { status, id } = subscription;
  const { end } = periodOf(subscription);
  const due = (what: string, at: number, run: () => void): Due => ({ at, what, subscription: id, run });
  if (status === 'incomplete') {
    const at = subscription.created + INCOMPLETE_SECONDS;
    return [due('incomplete_expiry', at, () => expireIncomplete(account, subscription))];
  }
  if (['canceled', 'incomplete_expired', 'paused'].includes(status)) return [];
  const found: Due[] = [];
  const { cancel_at: cancelAt, pending_update: pending, pause_collection: pause } = subscription;
  if (cancelAt !== null && cancelAt < end) {
    found.push(
      due('cancel_at', cancelAt, () => endSubscription(account, subscription, 'cancellation_requested')),
    );
  }
  if (pending) {
    found.push(due('pending_update', pending.expires_at, () => expirePendingUpdate(account, subscription)));
  }
  if (pause?.resumes_at) {
    const run = () => changeSubscription(account, subscription, { pause_collection: null });
    found.push(due('resume', pause.resumes_at, run));
  }
  if (status === 'trialing') return [...found, ...trialDues(account, subscription, end)];
  const terms = account.state.subscriptions[id];
  if (terms && terms.announced !== end && !subscription.cancel_at_period_end) {
    const run = () => {
      terms.announced = end;
      account.emit('invoice.upcoming', upcomingInvoice(account, subscription));
    };
    found.push(due('upcoming', Math.max(end - UPCOMING_SECONDS, periodOf(subscription).start + 1), run));
  }
  return [...found, due('period_end', end, () => renew(account, subscription))];
}

function trialDues(account: Account, subscription: Stripe.Subscription, end: number): Due[] {
  const due = { subscription: subscription.id };
  const found: Due[] = [{ ...due, at: end, what: 'trial_end', run: () => endTrial(account, subscription) }];
  if (!account.state.subscriptions[subscription.id]?.trialWillEndSent) {
    const run = () => announceTrialEnd(account, subscription);
    found.push({ ...due, at: end - TRIAL_NOTICE_SECONDS, what: 'trial_will_end', run });
  }
  return found;
}
