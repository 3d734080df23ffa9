import { type Account, describe } from '../account/account.ts';
import type { Route } from '../api/routes.ts';
import { faultsOfAnswer } from '../contract.ts';
import { expand } from '../wire/expand.ts';

/**
 * Runs a handler and makes its answer ready for the wire.
 *
 * @throws Error when the answer breaks the contract: that is a mistake of the emulator.
 */
export function execute(account: Account, route: Route, params: object, path: string): string {
  const { expand: paths, ...rest } = params as { expand?: string[] };
  const answer = expand(
    account,
    route.handle?.({ account, ids: route.ids, params: rest, path }),
    paths ?? [],
  );
  const body = JSON.stringify(answer, null, 2);
  if (!route.operation || account.isOdd(body)) return body;
  const faults = faultsOfAnswer(route.operation, answer);
  if (faults.length === 0) return body;
  account.violate({ where: route.operation.name, what: 'answer', faults });
  throw new Error(`The answer to ${route.operation.name} breaks the contract: ${describe(faults)}`);
}
