import Stripe from 'stripe';
import { RefusedByProvider } from '../../billing/ports.ts';
import { AppError } from '../../errors.ts';

/** Short enough that a caller hears 503 within ten seconds, whatever else a request does. */
const PATIENCE_MS = 8_000;

/** The first failure is often the only one; a retry carries the same idempotency key. */
const MAX_RETRIES = 2;

const RETRY_AFTER_SECONDS = 5;

export type StripeConfig = {
  readonly secretKey: string;
  readonly webhookSecret: string | undefined;
  /** Stripe's, or an emulator's. */
  readonly apiUrl: string;
  readonly automaticTax: boolean;
};

/** The SDK, with one patience for all calls of a request, or for each call of a job that makes many. */
export function openStripe(config: StripeConfig, patience: 'for each call' | 'for all calls'): Stripe {
  const api = new URL(config.apiUrl);
  let shared: AbortSignal | undefined;
  const patient = () => {
    if (patience === 'for each call') return AbortSignal.timeout(PATIENCE_MS);
    // From the first call on, so that what a request does before takes none of the time.
    shared ??= AbortSignal.timeout(PATIENCE_MS);
    return shared;
  };
  const client = async (url: string | URL | Request, init?: RequestInit) => {
    const signal = init?.signal ? AbortSignal.any([init.signal, patient()]) : patient();
    const response = await fetch(url, { ...init, signal });
    // Kept under its key, and so the same however often the SDK asks again; `once` knows better.
    if (response.status !== 500 || init?.method !== 'POST') return response;
    const headers = new Headers(response.headers);
    headers.set('Stripe-Should-Retry', 'false');
    return new Response(response.body, { status: response.status, headers });
  };
  return new Stripe(config.secretKey, {
    host: api.hostname,
    port: api.port || (api.protocol === 'https:' ? 443 : 80),
    protocol: api.protocol === 'https:' ? 'https' : 'http',
    httpClient: Stripe.createFetchHttpClient(client as typeof fetch),
    timeout: PATIENCE_MS,
    maxNetworkRetries: MAX_RETRIES,
    telemetry: false,
  });
}

/** Waits for Stripe, and says in our own words what it refuses. */
export async function ask<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw inOurWords(error);
  }
}

/** How often an act is begun in one go that fails inside Stripe. */
const MAX_BEGINNINGS = 2;

/** More failures of one act than are ever made in the day that Stripe remembers them. */
const MAX_KEPT_FAILURES = 50;

/**
 * Does something at Stripe once, under the key of the act. An answer that was lost on its way is got by asking again
 * under the same key, which the SDK does and whoever tries again later. But a failure inside Stripe (500) is kept
 * under the key like any answer, for a day: so after one the act is begun anew, under the next key in line.
 */
export async function once<T>(
  key: string,
  send: (options: { idempotencyKey: string }) => Promise<T>,
): Promise<T> {
  let beginnings = 0;
  for (let turn = 1; ; turn++) {
    try {
      return await send({ idempotencyKey: turn === 1 ? key : `${key}:${turn}` });
    } catch (error) {
      if (!failedInside(error) || turn === MAX_KEPT_FAILURES) throw error;
      const wasKept = error.headers?.['idempotent-replayed'] === 'true';
      if (!wasKept && ++beginnings === MAX_BEGINNINGS) throw error;
    }
  }
}

const failedInside = (error: unknown): error is InstanceType<typeof Stripe.errors.StripeAPIError> =>
  error instanceof Stripe.errors.StripeAPIError && error.statusCode === 500;

/** The same for something that may not be there. */
export async function askFor<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isRefusal(error, 'resource_missing')) return undefined;
    throw inOurWords(error);
  }
}

/** Whether Stripe understood the request and said no, for that reason. */
export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === code;
}

/** What it was in the request that Stripe understood and does not take. */
export function refusedParam(error: unknown): string | undefined {
  return error instanceof Stripe.errors.StripeInvalidRequestError ? error.param : undefined;
}

function inOurWords(error: unknown): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return error;
  const cause = loggable(error);
  if (error instanceof Stripe.errors.StripeCardError) return new AppError('payment_failed', { cause });
  if (error instanceof Stripe.errors.StripeInvalidRequestError) {
    // Stripe has no code for it, only the sentence "You cannot combine currencies on a single customer".
    if (/combine currencies/i.test(error.message)) return new AppError('currency_mismatch', { cause });
    const { code, param, statusCode } = error;
    return new RefusedByProvider(`Stripe refused: ${code ?? statusCode}${param ? ` (${param})` : ''}`, {
      cause,
    });
  }
  if (
    error instanceof Stripe.errors.StripeAuthenticationError ||
    error instanceof Stripe.errors.StripePermissionError
  ) {
    return new AppError('billing_not_configured', { cause });
  }
  // The network, 429, 5xx, an act that is just being done under the same key.
  return new AppError('billing_unavailable', {
    retryAfterSeconds: Number(error.headers?.['retry-after']) || RETRY_AFTER_SECONDS,
    cause,
  });
}

/** Everything that a list holds, page by page. */
export async function all<T>(
  list: { autoPagingToArray(options: { limit: number }): Promise<T[]> },
  limit: number,
) {
  return ask(list.autoPagingToArray({ limit }));
}

/** What of an error of Stripe's may be logged. Its sentences repeat what was sent, an address for instance. */
function loggable({
  type,
  code,
  param,
  statusCode,
  requestId,
}: InstanceType<typeof Stripe.errors.StripeError>): Error {
  return new Error([type, statusCode, code, param, requestId].filter(Boolean).join(' '));
}
