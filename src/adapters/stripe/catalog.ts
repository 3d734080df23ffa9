import type Stripe from 'stripe';
import type { Sales } from '../../billing/ports.ts';
import { AppError } from '../../errors.ts';
import { ask, askFor, isRefusal, once, refusedParam } from './client.ts';

/** The product of a plan has an id of ours, so that it is found again and never made twice. */
const productId = (code: string) => `tollgate_${code}`;

const INTERVALS = { monthly: 'month', yearly: 'year' } as const;

/** Products and prices of plans. */
export const createCatalog = (
  stripe: Stripe,
): Pick<Sales, 'ensurePrice' | 'renameProduct' | 'archivePrice'> => ({
  async ensurePrice({ code, name, priceCents, currency, billingPeriod }, replaces) {
    const product = await ensureProduct(stripe, code, name);
    const terms = {
      product,
      unit_amount: priceCents,
      currency: currency.toLowerCase(),
      recurring: { interval: INTERVALS[billingPeriod] },
    };
    const act = `price:${code}:${replaces ?? 'first'}:${terms.unit_amount}:${terms.currency}:${billingPeriod}`;
    // It may have been made by an attempt that died before it was written down, longer ago than keys are kept; or by
    // one that failed inside Stripe after all was done.
    const madeBefore = async () => {
      const { data: sold } = await stripe.prices.list({ lookup_keys: [code], active: true, limit: 1 });
      return sold.find(
        (price) =>
          price.id !== replaces &&
          price.product === product &&
          price.unit_amount === terms.unit_amount &&
          price.currency === terms.currency &&
          price.recurring?.interval === terms.recurring.interval &&
          price.recurring.interval_count === 1,
      );
    };
    const params = { ...terms, lookup_key: code, transfer_lookup_key: true, metadata: { plan: code } };
    const price = await ask(
      once(act, async (options) => (await madeBefore()) ?? stripe.prices.create(params, options)).catch(
        (error: unknown) => {
          throw priceRefused(error) ?? error;
        },
      ),
    );
    return price.id;
  },

  async renameProduct(code, name, key) {
    await askFor(once(key, (options) => stripe.products.update(productId(code), { name }, options)));
  },

  async archivePrice(priceId, key) {
    await askFor(once(key, (options) => stripe.prices.update(priceId, { active: false }, options)));
  },
});

/** Not every currency can be paid in, and some amounts not in every currency. */
function priceRefused(error: unknown): AppError | undefined {
  const param = refusedParam(error);
  if (param !== 'currency' && param !== 'unit_amount') return undefined;
  const field = param === 'currency' ? 'currency' : 'price_cents';
  const errors = { [field]: 'Is not what payments can be taken in.' };
  return new AppError('validation_failed', { errors, cause: error });
}

async function ensureProduct(stripe: Stripe, code: string, name: string): Promise<string> {
  const id = productId(code);
  try {
    await once(`product:${code}:${await digest(name)}`, (options) =>
      stripe.products.create({ id, name, metadata: { plan: code } }, options),
    );
  } catch (error) {
    if (!isRefusal(error, 'resource_already_exists')) return ask(Promise.reject(error));
  }
  return id;
}

/** Few characters that stand for a text; keys are limited in length. */
export async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash, 0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
