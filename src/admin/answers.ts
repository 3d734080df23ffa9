import { page } from '../http/openapi.ts';
import type { Listed, Page } from './listing.ts';

/** A part of a list as the wire has it. */
export function toList<T, Item>(
  { rows, total, isEstimate, hasMore }: Listed<T>,
  asked: Page,
  toItem: (row: T) => Item,
) {
  return {
    ...page(rows.map(toItem), total, asked),
    next_offset: hasMore ? asked.offset + asked.limit : null,
    ...(isEstimate && { total_is_estimate: true }),
  };
}
