import { createHash } from 'node:crypto';
import type { Account } from '../account/account.ts';
import { StripeError } from '../wire/errors.ts';
import type { ApiAnswer, ApiRequest } from './api.ts';

const KEPT_MS = 24 * 3_600_000;

/** What was answered to the same request before. @throws StripeError when the key was another request's. */
export function replay(account: Account, request: ApiRequest): Omit<ApiAnswer, 'headers'> | undefined {
  const { method, idempotencyKey: key, path } = request;
  const { answers } = account.state;
  const saved = method === 'POST' && key && Object.hasOwn(answers, key) ? answers[key] : undefined;
  if (!saved || saved.savedAt < Date.now() - KEPT_MS) return undefined;
  if (saved.fingerprint === fingerprint(request)) return { status: saved.status, body: saved.body };
  throw new StripeError(
    400,
    'idempotency_error',
    `Keys for idempotent requests can only be used with the same parameters they were first used with. ` +
      `Try using a key other than '${key}' if you meant to execute a different request (${path}).`,
  );
}

/** Keeps an answer for whoever asks again with the same key. */
export function keep(account: Account, request: ApiRequest, answer: ApiAnswer): ApiAnswer {
  const { method, idempotencyKey: key } = request;
  if (method === 'POST' && key) {
    const { status, body } = answer;
    account.state.answers[key] = {
      fingerprint: fingerprint(request),
      status,
      body,
      savedAt: Date.now(),
    };
  }
  return answer;
}

function fingerprint({ path, form }: ApiRequest): string {
  return createHash('sha256').update(`${path}\n${form}`).digest('hex');
}
