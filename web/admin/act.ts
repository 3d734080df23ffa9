import { confirmAct } from '../parts/confirm.tsx';
import { notifyDone } from '../parts/notify.ts';
import { queryClient } from '../session/queries.ts';

/** An act of an administrator's, as it is asked about and told of. */
export type DeskAct<R> = {
  readonly title: string;
  /** What it will do, in a sentence or two. */
  readonly text: string;
  readonly confirm: string;
  readonly dangerous?: boolean;
  readonly act: () => Promise<R>;
  /** What was done, from what the service answered. */
  readonly done: (result: R) => string;
};

/** Asks, does it once, says what came of it, and shows everything as it is now, the audit trail too. */
export function confirmDeskAct<R>({ act, done, ...confirmation }: DeskAct<R>): void {
  confirmAct({ ...confirmation, act: async () => tell(done(await act())) });
}

/** Says what was done, and has all that is shown asked for again. */
export function tell(message: string): void {
  notifyDone(message);
  void queryClient.invalidateQueries();
}
