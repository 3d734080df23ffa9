import type Stripe from 'stripe';
import type { Account } from '../account/account.ts';
import { idOf, mergeMetadata } from '../account/references.ts';
import type { Item, SessionTerms } from '../account/state.ts';
import { expireSession } from '../life/sessions.ts';
import { refuseOtherCurrency } from '../life/subscribe.ts';
import { activePrice } from '../objects/catalog.ts';
import { DAY_SECONDS, HOUR_SECONDS } from '../objects/periods.ts';
import { expiryOf, lineItems, newSession } from '../objects/session.ts';
import { invalid, missing } from '../wire/errors.ts';
import { type Page, paginate, type Range, within } from '../wire/lists.ts';
import { pathId, type Routes } from './call.ts';

type Params = Stripe.Checkout.SessionCreateParams;

const MIN_LIFE_SECONDS = HOUR_SECONDS / 2;

export const checkoutRoutes: Routes = {
  'POST /v1/checkout/sessions': ({ account, params }) => {
    const wanted = params as Params;
    checkParams(account, wanted);
    const terms = termsOf(account, wanted);
    const session = newSession(account, wanted, terms);
    const customer = account.find('customer', idOf(session.customer) ?? '');
    if (customer) refuseOtherCurrency(account, customer, session.currency ?? '');
    account.state.sessions[session.id] = terms;
    return account.put('checkout.session', session);
  },
  'GET /v1/checkout/sessions/{id}': (call) => call.account.get('checkout.session', pathId(call)),
  'POST /v1/checkout/sessions/{id}': (call) => {
    const session = call.account.get('checkout.session', pathId(call));
    const { metadata } = call.params as Stripe.Checkout.SessionUpdateParams;
    session.metadata = mergeMetadata(session.metadata ?? {}, metadata);
    return call.account.put('checkout.session', session);
  },
  'GET /v1/checkout/sessions': ({ account, params, path }) => {
    const { customer, status, subscription, created, ...page } = params as Page & {
      customer?: string;
      status?: string;
      subscription?: string;
      created?: Range;
    };
    const found = account
      .all('checkout.session')
      .filter(
        (one) =>
          (customer === undefined || idOf(one.customer) === customer) &&
          (status === undefined || one.status === status) &&
          (subscription === undefined || idOf(one.subscription) === subscription) &&
          within(one.created, created),
      );
    return paginate(found, page, path);
  },
  'POST /v1/checkout/sessions/{id}/expire': (call) => {
    const session = call.account.get('checkout.session', pathId(call));
    if (session.status !== 'open') {
      const message = `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${session.status}\`.`;
      throw invalid(message);
    }
    expireSession(call.account, session);
    return session;
  },
  'GET /v1/checkout/sessions/{id}/line_items': (call) => {
    const session = call.account.get('checkout.session', pathId(call));
    return paginate(lineItems(call.account, session).toReversed(), call.params as Page, call.path);
  },
};

/** Refuses what Stripe would. */
function checkParams(account: Account, params: Params): void {
  if (params.mode !== 'subscription') {
    throw invalid('The emulator knows checkout sessions in subscription mode only.', { param: 'mode' });
  }
  if ((params.ui_mode ?? 'hosted_page') !== 'hosted_page') {
    throw invalid('The emulator knows hosted checkout pages only.', { param: 'ui_mode' });
  }
  if (!params.success_url) {
    throw invalid('Missing required param: success_url.', {
      code: 'parameter_missing',
      param: 'success_url',
    });
  }
  for (const param of ['success_url', 'cancel_url'] as const) {
    const url = params[param];
    if (url && !/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
      throw invalid('Not a valid URL', { code: 'url_invalid', param });
  }
  if (params.customer && params.customer_email) {
    throw invalid('You may only specify one of these parameters: customer, customer_email.', {
      param: 'customer',
    });
  }
  if (params.discounts && params.allow_promotion_codes !== undefined) {
    throw invalid('You may only specify one of these parameters: allow_promotion_codes, discounts.');
  }
  if (params.customer && !account.find('customer', params.customer)) {
    throw missing('customer', params.customer, 'customer');
  }
  const life = expiryOf(account, params.expires_at) - account.now();
  // A few seconds are lost between a caller's clock and this one.
  if (life < MIN_LIFE_SECONDS - 60 || life > DAY_SECONDS + 60) {
    const message = 'The `expires_at` timestamp must be between 30 minutes and 24 hours from now.';
    throw invalid(message, { param: 'expires_at' });
  }
}

function termsOf(account: Account, params: Params): SessionTerms {
  const { subscription_data: data, line_items: lines = [] } = params;
  if (lines.length === 0) {
    throw invalid('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' });
  }
  const items = lines.map(({ price, quantity }, index): Item => {
    const param = `line_items[${index}][price]`;
    if (!price) throw invalid('The emulator needs the id of a price.', { param });
    return { price: activePrice(account, price, param).id, quantity: quantity ?? 1 };
  });
  const days = data?.trial_period_days;
  if (days !== undefined && days < 1) {
    throw invalid('The minimum number of trial period days is 1.', {
      param: 'subscription_data[trial_period_days]',
    });
  }
  return {
    items,
    trialDays: days ?? null,
    trialEnd: data?.trial_end ?? null,
    metadata: mergeMetadata({}, data?.metadata),
    missingPaymentMethod: data?.trial_settings?.end_behavior.missing_payment_method ?? 'create_invoice',
    invoice: null,
  };
}
