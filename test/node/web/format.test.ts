import { describe, expect, it } from 'vitest';
import { relativeTime } from '../../../web/parts/format.ts';
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
