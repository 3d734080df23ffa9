import { TollgateError } from 'tollgate/client';
import { t } from '../texts/index.ts';

/** A failure as a sentence for a person: the service's own, where it said one. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof TollgateError)) return t.common.unexpected;
  if (error.code === 'network_error') return t.common.unreachable;
  if (error.code === 'unexpected_answer') return t.common.unexpected;
  return error.retryAfter ? `${error.detail} ${t.common.tryAgainIn(error.retryAfter)}` : error.detail;
}

/** What to name when asking whoever runs the service. */
export const requestIdOf = (error: unknown): string | undefined =>
  error instanceof TollgateError ? error.requestId : undefined;

/** The stable word for what went wrong. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof TollgateError ? error.code : undefined;
