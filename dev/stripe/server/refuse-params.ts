import type { Fault } from '../contract.ts';
import { invalid, type StripeError } from '../wire/errors.ts';

/** What Stripe says to parameters that break the contract. */
export function refuseParams(faults: readonly Fault[]): StripeError {
  const [fault] = faults;
  const param = bracketed(fault?.path ?? '');
  if (fault?.keyword === 'required') {
    return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  }
  if (fault?.keyword === 'additionalProperties') {
    return invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
  }
  return invalid(`Invalid ${param}: ${fault?.message}.`, { code: 'parameter_invalid', param });
}

/** `items/0/price` is called `items[0][price]`. */
function bracketed(path: string): string {
  const [head = '', ...rest] = path.split('/');
  return head + rest.map((key) => `[${key}]`).join('');
}
