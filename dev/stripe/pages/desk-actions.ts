import type { Account } from '../account/account.ts';
import { settleAsync } from '../life/checkout.ts';
import { succeed } from '../life/collect.ts';
import { chargeOf, closeDispute, dispute, refund } from '../life/refunds.ts';
import { expireSession } from '../life/sessions.ts';
import { DAY_SECONDS } from '../objects/periods.ts';
import { advance, recordOf } from '../server/control.ts';
import { deliver } from '../server/webhooks.ts';
import type { Fields } from './layout.ts';

type Action = (account: Account, id: string) => unknown;

const ACTIONS: Readonly<Record<string, Action>> = {
  next: (account) => advance(account, { to: 'next' }),
  day: (account) => advance(account, { seconds: DAY_SECONDS }),
  month: (account) => advance(account, { seconds: 31 * DAY_SECONDS }),
  fail: (account) => account.state.failures.push({ customer: null, code: 'generic_decline', times: 1 }),
  renewal: (account, subscription) => advance(account, { to: 'renewal', subscription }),
  trial_end: (account, subscription) => advance(account, { to: 'trial_end', subscription }),
  expire: (account, id) => {
    const session = account.get('checkout.session', id);
    if (session.status === 'open') expireSession(account, session);
  },
  bank_yes: (account, id) => settleAsync(account, account.get('checkout.session', id), true),
  bank_no: (account, id) => settleAsync(account, account.get('checkout.session', id), false),
  pay: (account, id) => {
    const invoice = account.get('invoice', id);
    if (invoice.status === 'open') succeed(account, invoice);
  },
  refund: (account, invoice) => refund(account, chargeOf(account, invoice), {}),
  dispute: (account, invoice) => dispute(account, chargeOf(account, invoice), 'fraudulent'),
  won: (account, id) => closeDispute(account, account.get('dispute', id), 'won'),
  lost: (account, id) => closeDispute(account, account.get('dispute', id), 'lost'),
  deliver: (account, id) => deliver(account, recordOf(account, id)),
};

/** Does what a button of the desk says. @throws StripeError when it can't be done. */
export async function actAtDesk(account: Account, fields: Fields): Promise<void> {
  await ACTIONS[fields.do ?? '']?.(account, fields.id ?? '');
  account.changed();
}
