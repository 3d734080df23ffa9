import { html } from 'hono/html';
import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, requiredId } from '../account/references.ts';
import type { Card } from '../account/state.ts';
import { completeCheckout, type Outcome } from '../life/checkout.ts';
import { enterPromotionCode } from '../life/promotion-code.ts';
import { lineItems } from '../objects/session.ts';
import { StripeError } from '../wire/errors.ts';
import { day, type Fields, type Html, money, notice, type PageAnswer, page } from './layout.ts';

type Session = Stripe.Checkout.Session;

/** What can be chosen to pay with, and what comes of it. */
const CARDS: Readonly<Record<string, { label: string; outcome: Outcome; card?: Card }>> = {
  works: { label: 'A card that works', outcome: 'paid', card: 'works' },
  declined: { label: 'A card that is declined', outcome: 'declined' },
  needs_action: { label: 'A card that wants a confirmation (3D Secure)', outcome: 'requires_action' },
  bank: { label: 'By bank, which takes days', outcome: 'async' },
  fails_later: {
    label: 'A card that works now and is declined at the renewal',
    outcome: 'paid',
    card: 'declined',
  },
};
const NO_CARD = { label: 'Without a card', outcome: 'paid', card: 'none' } as const;

/** The page on which a session is paid. */
export function checkoutPage(account: Account, session: Session, message?: string, status = 200): PageAnswer {
  if (session.status !== 'open') return { status: 200, html: overPage(session) };
  const waiting = account.find('invoice', account.state.sessions[session.id]?.invoice ?? '');
  const body = html`${notice(message)}
    <div class="sheet">
      ${summary(account, session)} ${waiting ? confirmation(session) : payment(session)}
    </div>
    ${session.cancel_url ? html`<p><a href="${session.cancel_url}">Back, without paying</a></p>` : ''}`;
  return { status, html: page('Checkout', body) };
}

/** What a person did there. Doing it twice is doing it once. */
export function submitCheckout(account: Account, session: Session, fields: Fields): PageAnswer {
  if (session.status === 'complete') return { location: successUrl(session) };
  if (session.status !== 'open') return checkoutPage(account, session);
  try {
    if (fields.do === 'code') {
      const terms = account.state.sessions[session.id];
      if (terms) enterPromotionCode(account, session, terms, fields.promotion_code ?? '');
      return checkoutPage(account, session);
    }
    const chosen = fields.card === 'none' ? NO_CARD : CARDS[fields.card ?? ''];
    if (!chosen) return checkoutPage(account, session, 'Choose how to pay.', 422);
    const { outcome, card } = { card: undefined, ...chosen };
    completeCheckout(account, session, { outcome, card, email: fields.email || undefined });
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return checkoutPage(account, session, error.message, error.status);
  }
  return status(session) === 'complete' ? { location: successUrl(session) } : checkoutPage(account, session);
}

// What paying did is not what the compiler saw before it.
function status(session: Session): Session['status'] {
  return session.status;
}

function successUrl({ id, success_url: url }: Session): string {
  return (url ?? '/').replaceAll('{CHECKOUT_SESSION_ID}', id).replaceAll('%7BCHECKOUT_SESSION_ID%7D', id);
}

function overPage(session: Session): Html {
  const complete = session.status === 'complete';
  const body = html`<div class="sheet">
    <h1>${complete ? 'This is paid for' : 'This page has expired'}</h1>
    <p>
      ${
        complete
          ? html`<a href="${successUrl(session)}">Go on</a>`
          : 'Start again where you came from: a checkout is good for a day.'
      }
    </p>
  </div>`;
  return page('Checkout', body);
}

function summary(account: Account, session: Session): Html {
  const terms = account.state.sessions[session.id];
  const days = terms?.trialDays;
  const rows = lineItems(account, session).map(({ price, description, quantity }) => {
    const every = price?.recurring ? ` / ${price.recurring.interval}` : '';
    const unit = money(price?.unit_amount ?? 0, session.currency) + every;
    return html`<dt>${description ?? requiredId(price?.product)} × ${quantity ?? 1}</dt><dd>${unit}</dd>`;
  });
  const off = session.total_details?.amount_discount ?? 0;
  return html`<h1>Subscribe</h1>
    <p class="price">${money(session.amount_total, session.currency)} <span class="faint">today</span></p>
    <dl>
      ${rows} ${off ? html`<dt>Discount</dt><dd>−${money(off, session.currency)}</dd>` : ''}
      ${days ? html`<dt>Free trial</dt><dd>${days} days</dd>` : ''}
      <dt>Page is good until</dt><dd>${day(session.expires_at)} UTC</dd>
    </dl>
    ${
      session.allow_promotion_codes
        ? html`<form method="post" class="row">
            <label for="code">Promotion code</label>
            <input id="code" type="text" name="promotion_code" autocomplete="off" required />
            <button type="submit" name="do" value="code">Apply</button>
          </form>`
        : ''
    }`;
}

function payment(session: Session): Html {
  const optional = session.payment_method_collection === 'if_required' && session.amount_total === 0;
  const choices = Object.entries(optional ? { none: NO_CARD, ...CARDS } : CARDS).map(
    ([value, { label }], index) =>
      html`<label>
        <input type="radio" name="card" value="${value}" ${index === 0 ? 'checked' : ''} /> ${label}
      </label>`,
  );
  const email = idOf(session.customer)
    ? ''
    : html`<label for="email">Email</label>
        <input id="email" type="email" name="email" value="${session.customer_email ?? ''}" required />`;
  return html`<form method="post">
    ${email}
    <fieldset>
      <legend>Pay with</legend>
      ${choices}
    </fieldset>
    <button class="main" type="submit" name="do" value="pay">
      ${session.amount_total ? `Pay ${money(session.amount_total, session.currency)}` : 'Start'}
    </button>
  </form>`;
}

function confirmation(session: Session): Html {
  return html`<p>Your bank asks: is it you who pays ${money(session.amount_total, session.currency)}?</p>
    <form method="post" class="row">
      <input type="hidden" name="do" value="pay" />
      <button class="main" type="submit" name="card" value="works">Yes, confirm</button>
      <button type="submit" name="card" value="declined">No, refuse</button>
    </form>`;
}
