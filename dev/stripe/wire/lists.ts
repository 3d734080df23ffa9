import { listOf } from '../account/references.ts';
import { invalid, missing } from './errors.ts';

export type Page = { limit?: number; starting_after?: string; ending_before?: string };
export type Range = number | { gt?: number; gte?: number; lt?: number; lte?: number };
type Listed = { id: string };

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** A page of a list that is in order of creation; what is newest comes first. */
export function paginate<T extends Listed>(
  oldestFirst: readonly T[],
  { limit = DEFAULT_LIMIT, starting_after: after, ending_before: before }: Page,
  url: string,
) {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw invalid(`Invalid integer: ${limit}. The limit is between 1 and ${MAX_LIMIT}.`, { param: 'limit' });
  }
  const all = oldestFirst.toReversed();
  if (before !== undefined) {
    const end = positionOf(all, before, 'ending_before');
    return listOf(all.slice(Math.max(0, end - limit), end), url, end > limit);
  }
  const start = after === undefined ? 0 : positionOf(all, after, 'starting_after') + 1;
  return listOf(all.slice(start, start + limit), url, all.length > start + limit);
}

function positionOf(all: readonly Listed[], id: string, param: string): number {
  const position = all.findIndex((one) => one.id === id);
  if (position < 0) throw missing('object', id, param);
  return position;
}

/** Whether a moment lies in what a filter like `created` asks for. */
export function within(time: number, range: Range | undefined): boolean {
  if (range === undefined) return true;
  if (typeof range === 'number') return time === range;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return time > gt && time >= gte && time < lt && time <= lte;
}
