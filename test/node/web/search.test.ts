import { describe, expect, it } from 'vitest';
import { readListSearch } from '../../../web/parts/search.ts';
import { keepTexts } from '../../../web/parts/search-params.ts';

/** What a page gets to see: the router puts what was read over what the address says. */
const seen = (read: (search: Record<string, unknown>) => object, search: Record<string, unknown>) => ({
  ...search,
  ...read(search),
});

describe('what an address says', () => {
  it('is a page of a list where it can be one, and else nothing', () => {
    expect(seen(readListSearch, { page: '2' })).toEqual({ page: 2 });
    for (const page of ['1', '0', '-1', '1.5', 'x', '', '10001'])
      expect([page, seen(readListSearch, { page })]).toEqual([page, { page: undefined }]);
  });

  it('is a filter where it is a text, and else nothing', () => {
    const read = keepTexts('q');
    expect(seen(read, { q: 'ada', page: '2' })).toEqual({ q: 'ada', page: '2' });
    expect(seen(read, { q: '', page: ['2'] })).toEqual({ q: undefined, page: undefined });
  });
});
