import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import type { EventRecord } from '../account/state.ts';
import { payInvoice } from '../api/invoices.ts';
import { completeCheckout, settleAsync } from '../life/checkout.ts';
import { succeed } from '../life/collect.ts';
import { advanceTo, dues } from '../life/due.ts';
import { chargeOf, closeDispute, dispute, refund } from '../life/refunds.ts';
import { expireSession } from '../life/sessions.ts';
import { invalid, missing, StripeError } from '../wire/errors.ts';
import type { Accounts, Session } from './accounts.ts';
import * as values from './control-values.ts';
import { deliverMany } from './deliver-many.ts';
import { bodyOf, deliver, signatureOf } from './webhooks.ts';

type Call = { accounts: Accounts; session: Session; account: Account; id: string; body: unknown };
type Command = (call: Call) => unknown;

/** What tests and the desk may do that Stripe's API has no word for. Bodies are described in control-values.ts. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'POST /configure': ({ account, body }) => {
    const given = Object.entries(values.Configure.parse(body)).filter(([, value]) => value !== undefined);
    Object.assign(account.state.settings, Object.fromEntries(given));
    account.changed();
    return account.state.settings;
  },
  'GET /events': ({ account }) => account.state.events.map((record) => shown(account, record)),
  'POST /events/:id/deliver': async ({ account, id }) => {
    const record = recordOf(account, id);
    await deliver(account, record);
    return shown(account, record);
  },
  'POST /deliver': ({ account, body }) => deliverMany(account, values.Deliver.parse(body)),
  'POST /advance': ({ account, body }) => advance(account, values.Advance.parse(body)),
  'POST /sessions/:id/complete': ({ account, id, body }) => {
    const { outcome, promotion_code: promotionCode, email, card } = values.Complete.parse(body);
    const session = account.get('checkout.session', id);
    return tried(session, () => completeCheckout(account, session, { outcome, promotionCode, email, card }));
  },
  'POST /sessions/:id/async': ({ account, id, body }) => {
    const session = account.get('checkout.session', id);
    settleAsync(account, session, values.Async.parse(body).outcome === 'succeeded');
    return session;
  },
  'POST /sessions/:id/expire': ({ account, id }) => {
    const session = account.get('checkout.session', id);
    if (session.status !== 'open') throw invalid(`The session is ${session.status}.`);
    expireSession(account, session);
    return session;
  },
  'POST /fail-next-payment': ({ account, body }) => {
    const { customer = null, decline_code: code, times } = values.FailNext.parse(body);
    account.state.failures.push({ customer, code, times });
    account.changed();
    return account.state.failures;
  },
  'POST /card': ({ account, body }) => {
    const { customer, card } = values.SetCard.parse(body);
    account.state.cards[account.get('customer', customer, 'customer').id] = card;
    account.changed();
    return { customer, card };
  },
  'POST /payments/:id/pay': ({ account, id }) => {
    const invoice = account.get('invoice', id);
    if (invoice.status !== 'open') throw invalid(`The invoice is ${invoice.status}.`);
    account.state.cards[String(invoice.customer)] = 'works';
    succeed(account, invoice);
    return invoice;
  },
  'POST /retry-payment': ({ account, body }) => {
    const invoice = account.get('invoice', values.RetryPayment.parse(body).invoice, 'invoice');
    return tried(invoice, () => payInvoice(account, invoice, {}));
  },
  'POST /refund': ({ account, body }) => {
    const { amount, ...of } = values.RefundOf.parse(body);
    return refund(account, charged(account, of), amount === undefined ? {} : { amount });
  },
  'POST /dispute': ({ account, body }) => {
    const { reason, ...of } = values.DisputeOf.parse(body);
    return dispute(account, charged(account, of), reason);
  },
  'POST /dispute/:id/close': ({ account, id, body }) => {
    const standing = account.get('dispute', id);
    closeDispute(account, standing, values.CloseDispute.parse(body).outcome);
    return standing;
  },
  'POST /faults': ({ session, body }) => {
    const plan = values.Fault.parse(body);
    session.faults.add(Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined)));
    return plan;
  },
  'DELETE /faults': ({ session }) => {
    session.faults.clear();
    return {};
  },
  'POST /mutate': ({ account, body }) => {
    const { id, set, emit } = values.Mutate.parse(body);
    const object = account.lookUp(id);
    if (!object) throw missing('object', id);
    const previous = Object.fromEntries(
      Object.keys(set).map((key) => [key, (object as unknown as Record<string, unknown>)[key]]),
    );
    Object.assign(object, set);
    account.state.odd.push(id);
    if (emit) account.emit(emit, object, previous);
    account.changed();
    return object;
  },
  'POST /emit': ({ account, body }) => {
    const { type, id, previous } = values.Emit.parse(body);
    const object = account.lookUp(id);
    if (!object) throw missing('object', id);
    account.emit(type, object, previous);
    return account.state.events.at(-1)?.event;
  },
  'GET /state': ({ account }) => ({ now: account.now(), ...account.state }),
  'GET /requests': ({ account }) => account.state.requests,
  'GET /violations': ({ account }) => account.state.violations,
  'POST /reset': ({ accounts, account }) => {
    accounts.reset(account.key);
    return {};
  },
};

const TABLE = Object.entries(COMMANDS).map(([name, run]) => {
  const [method = '', path = ''] = name.split(' ');
  return { method, pattern: new RegExp(`^${path.replace(':id', '([^/]+)')}$`), run };
});

/** Carries out a command. @throws StripeError when it can't be, ZodError when it makes no sense. */
export async function control(
  accounts: Accounts,
  session: Session,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  for (const { pattern, run, ...command } of TABLE) {
    const match = command.method === method ? pattern.exec(path) : null;
    if (!match) continue;
    const { account } = session;
    const call = { accounts, session, account, id: match[1] ?? '', body };
    return path === '/advance' ? run(call) : account.atOnce(() => run(call));
  }
  throw new StripeError(404, 'invalid_request_error', `No such command: ${method} /_control${path}`);
}

function shown(account: Account, record: EventRecord) {
  const body = bodyOf(record);
  const signature = signatureOf(body, account.state.settings.webhookSecret);
  return { event: record.event, body, signature, deliveries: record.deliveries };
}

export function recordOf(account: Account, id: string): EventRecord {
  const record = account.state.events.find(({ event }) => event.id === id);
  if (!record) throw missing('event', id);
  return record;
}

/** What came of something that the bank may refuse: that is an outcome here, and no failure of the command. */
function tried<T>(object: T, act: () => unknown): { object: T; declined: string | null } {
  try {
    act();
    return { object, declined: null };
  } catch (error) {
    if (!(error instanceof StripeError) || error.status !== 402) throw error;
    return { object, declined: error.details.decline_code ?? 'generic_decline' };
  }
}

function charged(
  account: Account,
  { charge, invoice }: { charge?: string | undefined; invoice?: string | undefined },
): Stripe.Charge {
  if (charge) return account.get('charge', charge, 'charge');
  return chargeOf(account, account.get('invoice', invoice ?? '', 'invoice').id);
}

/** Puts an account's clock forward: by some time, or to the next moment of a kind. */
export function advance(
  account: Account,
  wanted: { seconds: number } | { to: string; subscription?: string | undefined },
): { now: number } {
  if ('seconds' in wanted) {
    advanceTo(account, account.now() + wanted.seconds);
    return { now: account.now() };
  }
  const kinds = wanted.to === 'renewal' ? ['period_end', 'trial_end'] : [wanted.to];
  const next = dues(account).find(
    ({ what, subscription }) =>
      (wanted.to === 'next' || kinds.includes(what)) &&
      (wanted.subscription === undefined || subscription === wanted.subscription),
  );
  if (!next) throw invalid(`Nothing of the kind ${wanted.to} is ahead.`, { param: 'to' });
  advanceTo(account, next.at);
  return { now: account.now() };
}
