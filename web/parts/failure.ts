import { TollgateError } from 'tollgate/client';
import { t } from '../texts/index.ts';

/** A failure as a sentence for a person: ours for its code, or else the service's own. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof TollgateError)) return t.common.unexpected;
  if (error.code === 'network_error') return t.common.unreachable;
  if (error.code === 'unexpected_answer') return t.common.unexpected;
  const sentence = t.failures[error.code] ?? error.detail;
  // What was never set up does not come by waiting, whatever a 503 says.
  if (!error.retryAfter || error.code.endsWith('_not_configured')) return sentence;
  return `${sentence} ${t.common.tryAgainIn(error.retryAfter)}`;
}

/** What to name when asking whoever runs the service. */
export const requestIdOf = (error: unknown): string | undefined =>
  error instanceof TollgateError ? error.requestId : undefined;

/** The stable word for what went wrong. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof TollgateError ? error.code : undefined;

/** What is wrong with which field, where no form shows it by the field. */
export const fieldErrorsOf = (error: unknown): [field: string, message: string][] =>
  error instanceof TollgateError ? Object.entries(error.errors ?? {}) : [];
