import { TollgateError, unwrap } from 'tollgate/client';
import { basePath } from '../config.ts';
import { api } from '../session/client.ts';

/** After this a page that did not come was stopped on the way, and may be asked for again. */
const LEAVING_PATIENCE_MS = 15_000;

/** A page of these, for somebody else to lead back to. */
const addressOf = (path: string): string => `${location.origin}${basePath}${path}`;

/**
 * Goes to a page of the payment provider. Resolves only when the browser came back to this very page, as it does by its
 * Back button, so that whatever waits for it works again.
 */
async function leaveFor(address: string): Promise<void> {
  const { protocol, href } = new URL(address);
  if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError(`${protocol} leads to no page`);
  location.assign(href);
  await new Promise<void>((resolve) => {
    addEventListener('pageshow', () => resolve(), { once: true });
    setTimeout(resolve, LEAVING_PATIENCE_MS);
  });
}

/**
 * Asks for a page that leads back here. Where the service lets nobody be led to the origin of this page (`npm run web`,
 * or another frontend beside these pages), it leads back to where the service has its own.
 */
async function leadingBack<T extends Record<string, string>, R>(
  targets: T,
  ask: (targets: Partial<T>) => Promise<R>,
): Promise<R> {
  try {
    return await ask(targets);
  } catch (error) {
    const errors = error instanceof TollgateError ? (error.errors ?? {}) : {};
    if (!Object.keys(targets).some((name) => name in errors)) throw error;
    return ask({});
  }
}

/** To the page on which a plan is paid: the first one, or `instead` of one that was granted or is on trial. */
export async function leaveForCheckout(planCode: string, instead: boolean): Promise<void> {
  const targets = {
    success_url: addressOf(`/billing/return?plan=${encodeURIComponent(planCode)}`),
    cancel_url: addressOf('/billing/plans?checkout=left'),
  };
  const { subscriptions } = api.billing;
  const checkout = await leadingBack(targets, (given) =>
    instead
      ? unwrap(subscriptions.upgrade.$post({ json: { plan_code: planCode, mode: 'checkout', ...given } }))
      : unwrap(subscriptions.subscribe.$post({ json: { plan_code: planCode, ...given } })),
  );
  if (!('checkout_url' in checkout)) throw new TypeError('a checkout has a page');
  await leaveFor(checkout.checkout_url);
}

/** To the provider's page for payment methods and invoices, and back to the page that one is on. */
export async function leaveForPortal(): Promise<void> {
  const { url } = await leadingBack({ return_url: location.href.replace(/#.*/, '') }, (given) =>
    unwrap(api.billing.portal.$post({ json: given })),
  );
  await leaveFor(url);
}
