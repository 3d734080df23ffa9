import { createExecutionContext } from 'cloudflare:test';
import type { Answer, Refusal } from '../../src/rpc.ts';
import { Tollgate } from '../../src/worker.ts';
import type { Service } from './service.ts';

/** The entrypoint as another Worker has it, of the service under test. */
export const tollgateOf = (service: Service, overrides?: Record<string, unknown>) =>
  new Tollgate(createExecutionContext() as ExecutionContext, service.environment(overrides));

/** The refusal that an answer has to be. */
export function refusal(answer: Answer<object>): Refusal {
  if (answer.ok) throw new Error(`not refused: ${JSON.stringify(answer)}`);
  return answer;
}

/** The answer of who was let through. */
export function granted<T extends object>(answer: Answer<T>): T & { readonly ok: true } {
  if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer;
}
