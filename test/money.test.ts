import { describe, expect, it } from 'vitest';
import { formatMoney } from '../src/money.ts';

describe('formatMoney', () => {
  it.each([
    [1_900, 'USD', '$19.00'],
    [9_900, 'EUR', '€99.00'],
    [1_900, 'GBP', '£19.00'],
    [1_900, 'CAD', 'CA$19.00'],
    [1_900, 'CHF', 'CHF\u00a019.00'],
    [123_456_789, 'USD', '$1,234,567.89'],
    [2_147_483_647, 'USD', '$21,474,836.47'],
    [5, 'USD', '$0.05'],
    [0, 'USD', '$0.00'],
    [-1_900, 'USD', '-$19.00'],
  ])('%i of %s: %s', (amount, currency, text) => {
    expect(formatMoney(amount, currency)).toBe(text);
  });

  it.each([
    [1_900, 'JPY', '¥1,900'],
    [1_900, 'KRW', '₩1,900'],
    [1_900, 'MGA', 'MGA\u00a01,900'],
    [1_900, 'KWD', 'KWD\u00a01.900'],
    [10, 'BHD', 'BHD\u00a00.010'],
  ])('counts no hundredths where there are none: %i of %s is %s', (amount, currency, text) => {
    expect(formatMoney(amount, currency)).toBe(text);
  });

  it.each([
    [199_000, 'HUF', 'HUF\u00a01,990.00'],
    [199_000, 'COP', 'COP\u00a01,990.00'],
    [199_000, 'TWD', 'NT$1,990.00'],
    [199_000, 'ISK', 'ISK\u00a01,990'],
    [199_000, 'UGX', 'UGX\u00a01,990'],
  ])('counts as Stripe does, whatever the runtime thinks: %i of %s is %s', (amount, currency, text) => {
    expect(formatMoney(amount, currency)).toBe(text);
  });

  it('hides no fraction, not even where there should be none', () => {
    expect(formatMoney(199_050, 'ISK')).toBe('ISK\u00a01,990.50');
  });

  it.each([
    [19.5, 'USD'],
    [Number.NaN, 'USD'],
    [1_900, ''],
    [1_900, 'US'],
    [1_900, '$$$'],
  ])('makes no text of %d of "%s"', (amount, currency) => {
    expect(() => formatMoney(amount, currency)).toThrow(RangeError);
  });
});
