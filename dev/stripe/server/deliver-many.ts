import type * as z from 'zod';
import type { Account } from '../account/account.ts';
import type { Deliver } from './control-values.ts';
import { deliver } from './webhooks.ts';

/** Delivers what was held back, one after the other, in the wanted order; answers how each went. */
export async function deliverMany(
  account: Account,
  { order, duplicate, drop, types, again }: z.infer<typeof Deliver>,
): Promise<{ id: string; type: string; status: number | null }[]> {
  const chosen = account.state.events.filter(
    ({ event, deliveries }) =>
      (again || deliveries.length === 0) &&
      !drop.includes(event.type) &&
      (types === undefined || types.includes(event.type)),
  );
  const copies = chosen.flatMap((record) => Array.from({ length: duplicate }, () => record));
  if (order === 'reverse') copies.reverse();
  if (order === 'random') shuffle(copies);
  const outcomes = [];
  for (const record of copies) {
    await deliver(account, record);
    const status = record.deliveries.at(-1)?.status ?? null;
    outcomes.push({ id: record.event.id, type: record.event.type, status });
  }
  return outcomes;
}

function shuffle(all: unknown[]): void {
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [all[last], all[other]] = [all[other], all[last]];
  }
}
