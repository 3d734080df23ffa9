import { html } from 'hono/html';
import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';
import type { Card } from '../account/state.ts';
import { payInvoice } from '../api/invoices.ts';
import { updateSubscription } from '../api/update-subscription.ts';
import { endSubscription } from '../life/end.ts';
import { cardOf } from '../life/verdict.ts';
import { periodOf } from '../objects/subscription.ts';
import { StripeError } from '../wire/errors.ts';
import { button, day, type Fields, type Html, money, notice, type PageAnswer, page } from './layout.ts';

type Features = Stripe.BillingPortal.Configuration.Features;
type View = { account: Account; session: Stripe.BillingPortal.Session; customer: string; features: Features };

const OVER = ['canceled', 'incomplete_expired'];
const CARD_LABELS: Record<Card, string> = {
  works: 'A card that works',
  declined: 'A card that is declined',
  needs_action: 'A card that wants a confirmation',
  none: 'None',
};

/** The page on which customers look after their subscription. */
export function portalPage(
  account: Account,
  session: Stripe.BillingPortal.Session,
  message?: string,
  status = 200,
): PageAnswer {
  const view = viewOf(account, session);
  const { customer, features } = view;
  const subscriptions = account.all('subscription').filter((one) => idOf(one.customer) === customer);
  const body = html`${notice(message)}
    <h1>Your subscription</h1>
    <p class="faint">${account.find('customer', customer)?.email ?? customer}</p>
    ${subscriptions.length === 0 ? html`<p class="sheet">There is none.</p>` : ''}
    ${subscriptions.toReversed().map((one) => subscriptionSheet(view, one))}
    ${features.payment_method_update.enabled ? cardSheet(view) : ''}
    ${features.invoice_history.enabled ? invoiceSheet(view) : ''}
    ${session.return_url ? html`<p><a href="${session.return_url}">Back</a></p>` : ''}`;
  return { status, html: page('Customer portal', body) };
}

/** What a person did there. */
export function submitPortal(
  account: Account,
  session: Stripe.BillingPortal.Session,
  fields: Fields,
): PageAnswer {
  try {
    act(viewOf(account, session), fields);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return portalPage(account, session, error.message, error.status);
  }
  return { location: `/p/session/${session.id}` };
}

function viewOf(account: Account, session: Stripe.BillingPortal.Session): View {
  const configuration = account.get('billing_portal.configuration', requiredId(session.configuration));
  return { account, session, customer: session.customer, features: configuration.features };
}

function act({ account, customer, features }: View, fields: Fields): void {
  if (fields.do === 'card' && fields.card && fields.card in CARD_LABELS) {
    account.state.cards[customer] = fields.card as Card;
    account.changed();
    payOpen(account, customer);
    return;
  }
  const subscription = account.get('subscription', fields.subscription ?? '', 'subscription');
  if (idOf(subscription.customer) !== customer || OVER.includes(subscription.status)) return;
  const { subscription_cancel: cancel, subscription_update: update } = features;
  if (fields.do === 'cancel' && cancel.enabled) {
    if (cancel.mode === 'immediately') endSubscription(account, subscription, 'cancellation_requested');
    else updateSubscription(account, subscription, { cancel_at_period_end: true });
  }
  if (fields.do === 'keep') updateSubscription(account, subscription, { cancel_at_period_end: false });
  const [item] = subscription.items.data;
  if (fields.do === 'switch' && update.enabled && item && fields.price) {
    updateSubscription(account, subscription, {
      items: [{ id: item.id, price: fields.price }],
      proration_behavior: update.proration_behavior,
      payment_behavior: 'pending_if_incomplete',
    });
  }
}

/** A new card pays what is open, as Stripe's own portal tries to. */
function payOpen(account: Account, customer: string): void {
  for (const invoice of account.all('invoice')) {
    const waits = invoice.status === 'open' && invoice.attempted && idOf(invoice.customer) === customer;
    if (waits) payInvoice(account, invoice, {});
  }
}

function subscriptionSheet(view: View, subscription: Stripe.Subscription): Html {
  const { features, session } = view;
  const [item] = subscription.items.data;
  const { end } = periodOf(subscription);
  const ends = subscription.cancel_at_period_end;
  const action = `/p/session/${session.id}`;
  const fields = { subscription: subscription.id };
  const over = OVER.includes(subscription.status);
  return html`<section class="sheet">
    <h2>${item ? nameOf(view, item.price) : subscription.id}</h2>
    <dl>
      <dt>Status</dt><dd>${subscription.status}</dd>
      ${item ? html`<dt>Price</dt><dd>${priceOf(item.price)}</dd>` : ''}
      <dt>${over ? 'Ended' : ends ? 'Ends' : 'Renews'}</dt>
      <dd>${day(over ? subscription.ended_at : end)} UTC</dd>
      ${subscription.pending_update ? html`<dt>Change</dt><dd>waits for its payment</dd>` : ''}
    </dl>
    <div class="row">
      ${!over && !ends && features.subscription_cancel.enabled ? button(action, { ...fields, do: 'cancel' }, 'Cancel') : ''}
      ${!over && ends ? button(action, { ...fields, do: 'keep' }, 'Keep it') : ''}
    </div>
    ${!over && features.subscription_update.enabled && item ? switchForm(view, subscription, item) : ''}
  </section>`;
}

function switchForm(view: View, subscription: Stripe.Subscription, item: Stripe.SubscriptionItem): Html {
  const offered = view.features.subscription_update.products?.flatMap(({ prices }) => prices) ?? [];
  const prices = view.account
    .all('price')
    .filter(
      (price) =>
        price.active &&
        price.recurring !== null &&
        price.currency === subscription.currency &&
        price.id !== item.price.id &&
        (offered.length === 0 || offered.includes(price.id)),
    );
  if (prices.length === 0) return html``;
  const options = prices.map(
    (price) => html`<option value="${price.id}">${nameOf(view, price)}, ${priceOf(price)}</option>`,
  );
  return html`<form method="post">
    <input type="hidden" name="subscription" value="${subscription.id}" />
    <label for="to-${subscription.id}">Switch to</label>
    <div class="row">
      <select id="to-${subscription.id}" name="price">${options}</select>
      <button type="submit" name="do" value="switch">Switch</button>
    </div>
  </form>`;
}

function cardSheet({ account, customer }: View): Html {
  const standing = cardOf(account, customer);
  const choices = Object.entries(CARD_LABELS).map(
    ([value, label]) =>
      html`<label>
        <input type="radio" name="card" value="${value}" ${value === standing ? 'checked' : ''} /> ${label}
      </label>`,
  );
  return html`<section class="sheet">
    <h2>Payment method</h2>
    <form method="post">
      <fieldset><legend>Pay with</legend>${choices}</fieldset>
      <button type="submit" name="do" value="card">Save</button>
    </form>
  </section>`;
}

function invoiceSheet({ account, customer }: View): Html {
  const rows = account
    .all('invoice')
    .filter((one) => idOf(one.customer) === customer)
    .toReversed()
    .map(
      (one) => html`<tr>
        <td>${one.number ?? 'draft'}</td>
        <td>${day(one.created)}</td>
        <td>${money(one.total, one.currency)}</td>
        <td>${one.status}</td>
      </tr>`,
    );
  return html`<section class="sheet">
    <h2>Invoices</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr><th scope="col">Number</th><th scope="col">Date</th><th scope="col">Total</th><th scope="col">Status</th></tr>
        </thead>
        <tbody>${rows}</tbody>
      </table>
    </div>
  </section>`;
}

function nameOf({ account }: View, price: Stripe.Price): string {
  return account.find('product', requiredId(price.product))?.name ?? price.lookup_key ?? price.id;
}

function priceOf({ unit_amount: amount, currency, recurring }: Stripe.Price): string {
  return `${money(amount, currency)} / ${recurring?.interval ?? 'once'}`;
}
