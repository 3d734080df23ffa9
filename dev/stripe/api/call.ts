import type { Account } from '../account/account.ts';

/** A request as a handler sees it: validated parameters, and the ids of its path. */
export type Call = {
  readonly account: Account;
  readonly ids: Readonly<Record<string, string>>;
  readonly params: object;
  /** Without the host; the address of a list. */
  readonly path: string;
};

/** Handlers by operation (`POST /v1/customers`). They do not wait: a request is executed in one piece. */
export type Routes = Readonly<Record<string, (call: Call) => unknown>>;

export function pathId({ ids }: Call): string {
  return ids.id ?? '';
}
