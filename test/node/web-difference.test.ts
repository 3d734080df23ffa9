import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../web/admin/difference.ts';

describe('what an act changed', () => {
  it('is told field by field, however deep', () => {
    const before = { name: 'Team', limits: { max_items: 10, api_access: true }, scopes: ['a'] };
    const after = { name: 'Team', limits: { max_items: -1, api_access: true }, scopes: ['a', 'b'] };
    expect(differenceOf(before, after)).toEqual([
      { field: 'limits.max_items', before: 10, after: -1 },
      { field: 'scopes', before: ['a'], after: ['a', 'b'] },
    ]);
  });

  it('is all of what was made, and of what was deleted', () => {
    expect(differenceOf(null, { code: 'team', ends_at: null })).toEqual([
      { field: 'code', before: undefined, after: 'team' },
      { field: 'ends_at', before: undefined, after: null },
    ]);
    expect(differenceOf({ code: 'team' }, null)).toEqual([
      { field: 'code', before: 'team', after: undefined },
    ]);
  });

  it('is nothing where both are the same, or nothing was noted', () => {
    expect(differenceOf({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
    expect(differenceOf(null, null)).toEqual([]);
  });

  it('tells a text from what is written like it', () => {
    expect(differenceOf({ a: 'true' }, { a: true })).toHaveLength(1);
  });
});
