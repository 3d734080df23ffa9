import { html } from 'hono/html';
import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf } from '../account/references.ts';
import type { EventRecord } from '../account/state.ts';
import { chargeOf } from '../life/refunds.ts';
import { cardOf } from '../life/verdict.ts';
import { periodOf } from '../objects/subscription.ts';
import type { Accounts } from '../server/accounts.ts';
import { button, day, type Html, money, notice, type PageAnswer, page } from './layout.ts';

const SHOWN_EVENTS = 50;

/** The desk of whoever develops: what there is on the accounts, and buttons for what only time and banks do. */
export function deskPage(accounts: Accounts, key: string | undefined, message?: string): PageAnswer {
  const all = accounts.list().map(({ account }) => account);
  const account = all.find((one) => one.key === key) ?? all[0];
  const links = all.map(
    (one) =>
      html`<a href="/?account=${encodeURIComponent(one.key)}"
        ${one === account ? html`aria-current="page"` : ''}>${one.key}</a>`,
  );
  const body = html`<h1>Stripe emulator</h1>
    ${notice(message)}
    ${account ? '' : html`<p class="sheet">No account yet: it appears when the service first calls.</p>`}
    ${all.length > 1 ? html`<nav class="row" aria-label="Accounts">${links}</nav>` : ''}
    ${account ? accountSheets(account) : ''}`;
  return { status: message ? 400 : 200, html: page('Stripe emulator', body, true) };
}

/** A button of the desk: an action on something of an account. */
function act(account: Account, action: string, id: string, label: string): Html {
  return button('/', { account: account.key, do: action, id }, label);
}

function accountSheets(account: Account): Html {
  const { violations, failures } = account.state;
  const failing = failures.reduce((sum, { times }) => sum + times, 0);
  return html`<div class="sheet">
      <p>The time here is <strong>${day(account.now())} UTC</strong>.</p>
      <div class="row">
        ${act(account, 'next', '', 'To the next thing due')} ${act(account, 'day', '', 'A day on')}
        ${act(account, 'month', '', '31 days on')} ${act(account, 'fail', '', 'Fail the next payment')}
        ${failing ? html`<span role="status">The next ${failing} will fail.</span>` : ''}
      </div>
    </div>
    ${
      violations.length === 0
        ? ''
        : html`<div class="sheet notice">
            <h2>Against the contract</h2>
            <ul>${violations.map((one) => html`<li><code>${JSON.stringify(one)}</code></li>`)}</ul>
          </div>`
    }
    ${customers(account)} ${sessions(account)} ${subscriptions(account)} ${invoices(account)} ${events(account)}`;
}

function customers(account: Account): Html {
  const rows = account
    .all('customer')
    .toReversed()
    .map((one) => [
      one.email ?? '–',
      html`<code>${one.id}</code>`,
      cardOf(account, one.id),
      day(one.created),
    ]);
  return table('Customers', ['Email', 'Id', 'Card', 'Since'], rows);
}

function sessions(account: Account): Html {
  const open = account.all('checkout.session').filter(({ status }) => status === 'open');
  const rows = open
    .toReversed()
    .map((one) => [
      html`<a href="/c/pay/${one.id}"><code>${one.id}</code></a>`,
      money(one.amount_total, one.currency),
      day(one.expires_at),
      act(account, 'expire', one.id, 'Expire'),
    ]);
  return table('Open checkouts', ['Id', 'Total', 'Good until', ''], rows);
}

function subscriptions(account: Account): Html {
  const rows = account
    .all('subscription')
    .toReversed()
    .map((one) => {
      const over = ['canceled', 'incomplete_expired'].includes(one.status);
      const trial = one.status === 'trialing';
      const asyncSession = account
        .all('checkout.session')
        .find((session) => idOf(session.subscription) === one.id && session.payment_status === 'unpaid');
      return [
        html`<code>${one.id}</code>`,
        emailOf(account, one.customer),
        one.status + (one.cancel_at_period_end ? ' (ends)' : ''),
        day(periodOf(one).end),
        html`<div class="row">
          ${over ? '' : act(account, trial ? 'trial_end' : 'renewal', one.id, trial ? 'To the trial’s end' : 'To the renewal')}
          ${
            asyncSession && one.status === 'incomplete'
              ? html`${act(account, 'bank_yes', asyncSession.id, 'Bank pays')}
                ${act(account, 'bank_no', asyncSession.id, 'Bank refuses')}`
              : ''
          }
        </div>`,
      ];
    });
  return table('Subscriptions', ['Id', 'Customer', 'Status', 'Until', ''], rows);
}

function invoices(account: Account): Html {
  const rows = account
    .all('invoice')
    .toReversed()
    .map((one) => [
      one.number ?? 'draft',
      emailOf(account, one.customer),
      money(one.total, one.currency),
      one.status ?? '–',
      day(one.created),
      html`<div class="row">${invoiceButtons(account, one)}</div>`,
    ]);
  return table('Invoices', ['Number', 'Customer', 'Total', 'Status', 'Date', ''], rows);
}

function invoiceButtons(account: Account, invoice: Stripe.Invoice): Html | '' {
  if (invoice.status === 'open') return act(account, 'pay', invoice.id, 'Customer pays');
  if (invoice.status !== 'paid' || invoice.amount_paid === 0) return '';
  const charge = chargeOf(account, invoice.id);
  const dispute = account.all('dispute').find((one) => idOf(one.charge) === charge.id);
  if (dispute) {
    return dispute.status === 'needs_response'
      ? html`${act(account, 'won', dispute.id, 'Dispute is won')}
          ${act(account, 'lost', dispute.id, 'Dispute is lost')}`
      : html`<span>dispute ${dispute.status}</span>`;
  }
  if (charge.refunded) return html`<span>refunded</span>`;
  return html`${act(account, 'refund', invoice.id, 'Refund')} ${act(account, 'dispute', invoice.id, 'Dispute')}`;
}

function events(account: Account): Html {
  const rows = account.state.events
    .slice(-SHOWN_EVENTS)
    .toReversed()
    .map((record) => [
      record.event.type,
      html`<code>${record.event.id}</code>`,
      day(record.event.created),
      deliveryOf(record),
      account.state.settings.webhookUrl ? act(account, 'deliver', record.event.id, 'Deliver again') : '',
    ]);
  return table(`Events (the last ${SHOWN_EVENTS})`, ['Type', 'Id', 'Date', 'Delivered', ''], rows);
}

function deliveryOf({ deliveries }: EventRecord): string {
  const last = deliveries.at(-1);
  if (!last) return 'not yet';
  return `${last.status ?? last.error}${deliveries.length > 1 ? ` (${deliveries.length}×)` : ''}`;
}

function emailOf(account: Account, customer: Stripe.Invoice['customer']): string {
  return account.find('customer', idOf(customer) ?? '')?.email ?? idOf(customer) ?? '–';
}

function table(title: string, heads: string[], rows: (Html | string)[][]): Html {
  if (rows.length === 0) return html``;
  return html`<section class="sheet">
    <h2>${title}</h2>
    <div class="scroll">
      <table>
        <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
      </table>
    </div>
  </section>`;
}
