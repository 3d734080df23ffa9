/**
 * How many digits of an amount are the minor unit, where it isn't two. This is Stripe's count and not ISO's or the
 * runtime's, because the amounts go to Stripe and come from there as they are: `Intl` has no digits for HUF, COP or IDR,
 * of which Stripe wants hundredths, and would show a price of those a hundred times too high.
 *
 * @see https://docs.stripe.com/currencies#zero-decimal
 */
const MINOR_UNIT_DIGITS: Readonly<Record<string, number>> = {
  ...each(0, 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'),
  ...each(3, 'BHD JOD KWD OMR TND'),
};

/** Counted in hundredths at Stripe, of which there are none any more: 500 is ISK 5 (…/currencies#special-cases). */
const WHOLE_ONLY = new Set(['ISK', 'UGX']);

/**
 * An amount of money as a text, for people who read English unless said otherwise: `$19.00`, `€99.00`, `¥1,900`, `CHF 19.00`. What stands before
 * the number is never broken from it, and tells dollars apart (`CA$19.00`).
 *
 * @param amount in the smallest unit that Stripe counts the currency in: 1900 is $19.00, and ¥1,900
 * @param currency ISO 4217, in upper case
 * @param locales how the reader writes numbers, as `Intl` takes it
 * @throws RangeError when the amount is no whole number, or the currency no three letters
 */
export function formatMoney(
  amount: number,
  currency: string,
  locales: string | readonly string[] = 'en-US',
): string {
  if (!Number.isSafeInteger(amount)) throw new RangeError('an amount of money is a whole number');
  const digits = MINOR_UNIT_DIGITS[currency] ?? 2;
  return new Intl.NumberFormat([locales].flat(), {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    trailingZeroDisplay: WHOLE_ONLY.has(currency) ? 'stripIfInteger' : 'auto',
  }).format(amount / 10 ** digits);
}

function each(digits: number, currencies: string): Record<string, number> {
  return Object.fromEntries(currencies.split(' ').map((currency) => [currency, digits]));
}
