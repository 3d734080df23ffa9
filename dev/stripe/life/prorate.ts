import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { activePrice, planOf, recurrenceOf } from '../objects/catalog.ts';
import { newLine } from '../objects/invoice.ts';
import { periodEnd } from '../objects/periods.ts';
import { newItem, type Period, periodOf } from '../objects/subscription.ts';
import { invalid, missing } from '../wire/errors.ts';

type WantedItem = { id?: string; price?: string; quantity?: number; deleted?: boolean };

/** What a subscription's items are to become, and whether that begins a new period. */
export type Switch = { items: Stripe.SubscriptionItem[]; period: Period; newPeriod: boolean };

/** The items after a change, in the period that they then have. */
export function switchItems(
  account: Account,
  subscription: Stripe.Subscription,
  wanted: readonly WantedItem[],
  restart = false,
): Switch {
  const items = new Map(subscription.items.data.map((item) => [item.id, structuredClone(item)]));
  const standing = periodOf(subscription);
  for (const [index, change] of wanted.entries()) {
    const param = `items[${index}]`;
    const price = change.price ? activePrice(account, change.price, `${param}[price]`) : undefined;
    if (price && price.currency !== subscription.currency) {
      const message = `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${subscription.currency}\`.`;
      throw invalid(message, { param: `${param}[price]` });
    }
    if (change.id === undefined) {
      if (!price)
        throw invalid(`Missing required param: ${param}[price].`, { code: 'parameter_missing', param });
      const item = newItem(
        account,
        subscription.id,
        { price: price.id, quantity: change.quantity ?? 1 },
        standing,
      );
      items.set(item.id, item);
      continue;
    }
    const item = items.get(change.id);
    if (!item) throw missing('subscription item', change.id, `${param}[id]`);
    if (change.deleted) items.delete(item.id);
    if (price) Object.assign(item, { price: structuredClone(price), plan: planOf(price) });
    if (change.quantity !== undefined) item.quantity = change.quantity;
  }
  return inPeriod(account, subscription, [...items.values()], restart);
}

function inPeriod(
  account: Account,
  subscription: Stripe.Subscription,
  items: Stripe.SubscriptionItem[],
  restart: boolean,
): Switch {
  const [before] = subscription.items.data;
  const [after] = items;
  if (!before || !after) {
    throw invalid('A subscription must have at least one active plan. To end it, cancel it.', {
      param: 'items',
    });
  }
  const [was, is] = [recurrenceOf(before.price), recurrenceOf(after.price)];
  const same = was.interval === is.interval && was.interval_count === is.interval_count;
  if ((same && !restart) || subscription.status === 'trialing') {
    return { items, period: periodOf(subscription), newPeriod: false };
  }
  const now = account.now();
  const period = { start: now, end: periodEnd(now, now, is) };
  for (const item of items) {
    Object.assign(item, { current_period_start: period.start, current_period_end: period.end });
  }
  return { items, period, newPeriod: true };
}

/** What a change costs for the rest of the period: the unused part of the old is given back, the new one is charged. */
export function prorationLines(
  subscription: Stripe.Subscription,
  { items, period, newPeriod }: Switch,
  at: number,
): Stripe.InvoiceLineItem[] {
  if (subscription.status === 'trialing') return [];
  const standing = periodOf(subscription);
  const left = Math.min(1, Math.max(0, (standing.end - at) / (standing.end - standing.start)));
  const lines: Stripe.InvoiceLineItem[] = [];
  for (const item of subscription.items.data) {
    const next = items.find((one) => one.id === item.id);
    if (!newPeriod && next && amountOf(next) === amountOf(item) && next.price.id === item.price.id) continue;
    lines.push(line(subscription, item, -left, 'Unused time on', { start: at, end: standing.end }, true));
  }
  for (const item of items) {
    const before = subscription.items.data.find((one) => one.id === item.id);
    if (!newPeriod && before && amountOf(before) === amountOf(item) && before.price.id === item.price.id)
      continue;
    if (newPeriod) lines.push(line(subscription, item, 1, '', period, false));
    else
      lines.push(line(subscription, item, left, 'Remaining time on', { start: at, end: standing.end }, true));
  }
  return lines;
}

/** What a subscription that ends now gives back. */
export function unusedLines(subscription: Stripe.Subscription, at: number): Stripe.InvoiceLineItem[] {
  return prorationLines(subscription, { items: [], period: periodOf(subscription), newPeriod: false }, at);
}

function line(
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  share: number,
  what: string,
  period: Period,
  proration: boolean,
): Stripe.InvoiceLineItem {
  const name = item.price.nickname ?? item.price.lookup_key ?? item.price.id;
  return newLine({
    subscription: subscription.id,
    item: item.id,
    price: item.price,
    quantity: item.quantity ?? 1,
    amount: Math.round(amountOf(item) * share),
    description: `${what} ${item.quantity ?? 1} × ${name}`.trim(),
    period,
    proration,
  });
}

function amountOf({ price, quantity = 1 }: Stripe.SubscriptionItem): number {
  return price.recurring?.usage_type === 'metered' ? 0 : (price.unit_amount ?? 0) * quantity;
}
