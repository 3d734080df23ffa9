import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatPeriod, relativeTime } from '../../../web/parts/format.ts';
import { readPage } from '../../../web/parts/search.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const from = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();

describe('a moment', () => {
  it.each([
    [0, 'now'],
    [-59, '59 seconds ago'],
    [-61, '1 minute ago'],
    [7_200, 'in 2 hours'],
    [-86_400, 'yesterday'],
    [-6 * 86_400, '6 days ago'],
  ])('%i seconds from now is said as "%s"', (seconds, said) => {
    expect(relativeTime(from(seconds), NOW)).toBe(said);
  });

  it('is a day when it is more than a week away', () => {
    expect(relativeTime(from(-30 * 86_400), NOW)).toContain('2026');
  });
});

describe('a period', () => {
  it('of whole days in UTC has the same days for every reader, the last one included', () => {
    const said = formatPeriod('2026-11-01T00:00:00.000Z', '2026-12-01T00:00:00.000Z');
    expect(said).toEqual(['Nov 1, 2026', 'Nov 30, 2026']);
  });

  it('of another length has the days that the reader had when it began and ends', () => {
    const said = formatPeriod('2026-11-20T12:00:00.000Z', '2026-12-20T12:00:00.000Z');
    expect(said).toEqual(['Nov 20, 2026', 'Dec 20, 2026']);
  });
});

describe('the language of numbers', () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is the reader's first that is one, for counts as for money", async () => {
    vi.stubGlobal('navigator', { languages: ['en-US@posix', 'de-DE', 'en'] });
    vi.resetModules();
    const { formatCount, formatMoney } = await import('../../../web/parts/format.ts');
    expect(formatCount(1_234)).toBe('1.234');
    expect(formatMoney(123_400, 'EUR')).toBe('1.234,00\u00a0€');
  });
});

describe('the page in an address', () => {
  it.each([
    ['2', 2],
    ['10000', 10_000],
    ['1', undefined],
    ['0', undefined],
    ['-3', undefined],
    ['1.5', undefined],
    ['x', undefined],
    ['10001', undefined],
    [undefined, undefined],
  ])('%s is %s', (text, page) => {
    expect(readPage(text)).toBe(page);
  });
});
