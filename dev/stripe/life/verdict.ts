import type { Account } from '../account/account.ts';
import type { Card } from '../account/state.ts';

/** What the bank says to a payment of a customer: nothing when it goes through, else its reason. */
export type Verdict = string | null;

const REASONS: Record<Exclude<Card, 'works'>, string> = {
  declined: 'generic_decline',
  needs_action: 'authentication_required',
  none: 'missing_payment_method',
};

/** Asks the bank. A failure that was planned is used up by being met. */
export function verdictOn(account: Account, customer: string): Verdict {
  const planned = account.state.failures.find((one) => one.customer === null || one.customer === customer);
  if (planned) {
    planned.times -= 1;
    account.state.failures = account.state.failures.filter((one) => one.times > 0);
    account.changed();
    return planned.code;
  }
  const card = cardOf(account, customer);
  return card === 'works' ? null : REASONS[card];
}

/** What the bank is going to say, without asking it. */
export function foreseenVerdict(account: Account, customer: string): Verdict {
  const planned = account.state.failures.find((one) => one.customer === null || one.customer === customer);
  const card = cardOf(account, customer);
  return planned?.code ?? (card === 'works' ? null : REASONS[card]);
}

export function cardOf(account: Account, customer: string): Card {
  return account.state.cards[customer] ?? 'works';
}
