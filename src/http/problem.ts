import { HTTPException } from 'hono/http-exception';
import * as z from 'zod';
import { RefusedByProvider } from '../billing/ports.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import { SettingsError } from '../settings.ts';

type Meaning = {
  readonly status: 400 | 401 | 402 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503 | 504;
  readonly title: string;
  readonly detail: string;
  /** The code on the wire, where two failures share one. */
  readonly code?: ErrorCode;
};

/** What each code means in HTTP. The one place that knows. */
export const MEANINGS = {
  account_closing_failed: {
    status: 503,
    title: 'Account not closed',
    detail:
      'What belongs to this account could not be ended right now, so nothing was deleted. Try again later.',
  },
  account_disabled: {
    status: 403,
    title: 'Account disabled',
    detail: 'This account has been deactivated.',
  },
  account_locked: {
    status: 429,
    title: 'Too many wrong passwords',
    detail: 'Too many wrong passwords for this address. Wait a little, or reset the password.',
  },
  admin_required: {
    status: 403,
    title: 'Administrators only',
    detail: 'Only an administrator may do this.',
  },
  alert_not_found: { status: 404, title: 'Alert not found', detail: 'There is no such alert.' },
  ai_not_configured: {
    status: 503,
    title: 'Language model not configured',
    detail: 'No language model is configured.',
  },
  ai_timeout: {
    status: 504,
    title: 'No answer in time',
    detail: 'The language model came to no answer in the time it has. Ask again, or ask for less.',
  },
  ai_unavailable: {
    status: 502,
    title: 'Language model unavailable',
    detail: 'The language model does not answer as it should right now. Try again in a few seconds.',
  },
  already_canceling: {
    status: 409,
    title: 'Already cancelled',
    detail: 'This subscription is cancelled already and ends with the period that is paid.',
  },
  already_subscribed: {
    status: 409,
    title: 'Already subscribed',
    detail: 'There is a subscription already. Change its plan instead of buying a second one.',
  },
  ambiguous_credentials: {
    status: 400,
    title: 'Two credentials',
    detail: 'Send an access token or an API key, not both.',
  },
  api_key_invalid: {
    status: 401,
    title: 'Invalid API key',
    detail: 'The API key is malformed, expired or revoked, or there is no such key.',
    code: 'invalid_token',
  },
  api_key_limit_reached: {
    status: 409,
    title: 'Too many API keys',
    detail: 'This account has as many API keys as it may have. Revoke one first.',
  },
  api_key_not_found: { status: 404, title: 'API key not found', detail: 'There is no such API key.' },
  billing_not_configured: {
    status: 503,
    title: 'Billing not configured',
    detail: 'No payment provider is configured.',
  },
  billing_refused: {
    status: 502,
    title: 'Refused by the payment provider',
    detail: 'The payment provider does not accept this. The request id helps us to find out why.',
  },
  billing_unavailable: {
    status: 503,
    title: 'Billing unavailable',
    detail:
      'The payment provider does not answer right now. Try again in a few seconds; what was done already is not done twice.',
  },
  body_too_large: {
    status: 413,
    title: 'Body too large',
    detail: 'The body is larger than this route takes.',
  },
  checkout_superseded: {
    status: 409,
    title: 'Another purchase begun',
    detail: 'Another purchase was begun at the same time and took the place of this one.',
  },
  currency_mismatch: {
    status: 409,
    title: 'Other currency',
    detail: 'What is paid so far is in another currency, and the two cannot be mixed on one account.',
  },
  database_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    detail: 'The service cannot reach its database right now. Try again in a few seconds.',
  },
  email_not_verified: {
    status: 403,
    title: 'Email not verified',
    detail: 'Confirm your email address first; POST /request/verify sends the link again.',
  },
  email_taken: { status: 409, title: 'Email taken', detail: 'An account with this email address exists.' },
  event_not_found: { status: 404, title: 'Event not found', detail: 'There is no such event.' },
  event_not_replayable: {
    status: 409,
    title: 'Nothing to replay',
    detail: 'This event is done, or is being worked on.',
  },
  export_not_found: {
    status: 404,
    title: 'Export not found',
    detail: 'There is no such export of yours, or not any more: an export can be fetched for an hour.',
  },
  idempotency_conflict: {
    status: 409,
    title: 'Key used before',
    detail: 'Something else was reported under this idempotency key. Nothing was counted.',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong on our side. The request id helps us to find out what.',
  },
  invalid_code: {
    status: 401,
    title: 'Invalid code',
    detail: 'This code is wrong, used up or not valid any more. Ask for a new one.',
  },
  invalid_credentials: {
    status: 401,
    title: 'Invalid credentials',
    detail: 'The email address or the password is wrong.',
  },
  invalid_token: {
    status: 401,
    title: 'Invalid token',
    detail: 'The access token is missing, malformed, expired or revoked.',
  },
  last_admin: {
    status: 409,
    title: 'Last administrator',
    detail: 'This is the last active administrator. Make another one first.',
  },
  limit_exceeded: {
    status: 402,
    title: 'Limit exceeded',
    detail: 'This is more than the plan allows in this period. Nothing was counted.',
  },
  link_invalid: {
    status: 400,
    title: 'Invalid link',
    detail: 'This link is not valid any more.',
    code: 'invalid_token',
  },
  mail_not_configured: {
    status: 503,
    title: 'Mail not configured',
    detail: 'This needs to send a mail, and no way of sending one is configured.',
  },
  mail_not_found: { status: 404, title: 'Mail not found', detail: 'There is no such mail.' },
  mail_not_replayable: {
    status: 409,
    title: 'Nothing to replay',
    detail: 'Only a mail that failed for good can be sent again.',
  },
  malformed_body: { status: 400, title: 'Malformed body', detail: 'The body is not valid JSON in UTF-8.' },
  malformed_query: {
    status: 400,
    title: 'Malformed query',
    detail: 'The query string of the address is not valid UTF-8.',
  },
  misconfigured: {
    status: 500,
    title: 'Misconfigured',
    detail: 'The service is not configured and refuses to serve.',
  },
  no_subscription: { status: 404, title: 'No subscription', detail: 'There is no subscription.' },
  not_canceling: {
    status: 409,
    title: 'Not cancelled',
    detail: 'This subscription is not about to end, so there is nothing to resume.',
  },
  not_found: { status: 404, title: 'Not found', detail: 'There is nothing at this address.' },
  not_mailable: {
    status: 409,
    title: 'No mail for this account',
    detail: 'This account is deactivated, or has no address that mail reaches.',
  },
  not_verified: {
    status: 409,
    title: 'Not verified',
    detail: 'Only an active account with a verified address can become an administrator.',
  },
  oauth_denied: {
    status: 400,
    title: 'Sign-in refused',
    detail: 'The sign-in was cancelled, or refused, at the other service.',
  },
  oauth_email_unverified: {
    status: 400,
    title: 'Email not verified there',
    detail: 'The other service does not vouch for your email address. Verify it there first.',
  },
  oauth_not_configured: {
    status: 503,
    title: 'Sign-in not configured',
    detail: 'Sign-in by this service is not configured.',
  },
  oauth_provider_error: {
    status: 502,
    title: 'Sign-in failed there',
    detail: 'The other service did not answer as it should. Begin the sign-in again.',
  },
  oauth_state_invalid: {
    status: 400,
    title: 'Sign-in expired',
    detail:
      'This sign-in was not begun in this browser, was finished before, or took too long. Begin it again.',
  },
  oauth_unavailable: {
    status: 503,
    title: 'Sign-in unavailable',
    detail: 'Sign-in by other services does not work right now. Try again in a few seconds.',
  },
  origin_refused: {
    status: 403,
    title: 'Origin refused',
    detail: 'This route uses a cookie and does not take requests from that origin.',
  },
  payment_failed: {
    status: 402,
    title: 'Payment failed',
    detail:
      'The payment did not go through, so the plan stays as it is. Check the payment method and try again.',
  },
  payment_not_found: { status: 404, title: 'Payment not found', detail: 'There is no such payment.' },
  payment_past_due: {
    status: 409,
    title: 'Payment past due',
    detail: 'A payment is due. Settle it in the billing portal first.',
  },
  plan_already_deleted: { status: 409, title: 'Plan deleted', detail: 'This plan is deleted already.' },
  plan_changed: {
    status: 409,
    title: 'Plan changed',
    detail:
      'What this plan costs is being changed by somebody else. Nothing was changed; look at it and try again.',
  },
  plan_code_taken: { status: 409, title: 'Plan code taken', detail: 'There is a plan with this code.' },
  plan_not_found: { status: 404, title: 'Plan not found', detail: 'There is no such plan.' },
  plan_protected: {
    status: 409,
    title: 'Plan needed',
    detail: 'This plan is what everybody without a subscription has, so it can not be deleted.',
  },
  plan_required: {
    status: 402,
    title: 'Plan required',
    detail: 'This needs a higher plan.',
  },
  rate_limited: { status: 429, title: 'Too many requests', detail: 'Too many requests. Wait a little.' },
  reauthentication_required: {
    status: 403,
    title: 'Reauthentication required',
    detail: 'Send the password, or sign in again and repeat this within ten minutes.',
  },
  refresh_token_invalid: {
    status: 401,
    title: 'Invalid refresh token',
    detail: 'The session has ended. Sign in again.',
  },
  refresh_token_missing: {
    status: 401,
    title: 'No refresh token',
    detail: 'The request carries no refresh cookie. Sign in first.',
  },
  refresh_token_reused: {
    status: 401,
    title: 'Refresh token reused',
    detail: 'This refresh token had been used before. To be safe the session has been ended. Sign in again.',
  },
  scope_required: {
    status: 403,
    title: 'Scope required',
    detail: 'This API key does not have the scope that this needs.',
  },
  session_not_found: { status: 404, title: 'Session not found', detail: 'There is no such session.' },
  signature_invalid: {
    status: 400,
    title: 'Invalid signature',
    detail: 'The signature does not belong to this body, or is too old.',
  },
  sql_refused: {
    status: 422,
    title: 'Query refused',
    detail: 'The database does not run this query.',
  },
  sql_timeout: {
    status: 422,
    title: 'Query took too long',
    detail: 'The query took longer than the five seconds it has. Ask for less.',
  },
  sql_too_large: {
    status: 422,
    title: 'Query too large',
    detail: 'The query is too much work, or its answer is too large. Ask for less.',
  },
  subscription_canceling: {
    status: 409,
    title: 'Subscription ending',
    detail: 'This subscription is cancelled and about to end. Resume it first.',
  },
  subscription_ended: {
    status: 409,
    title: 'Subscription ended',
    detail: 'This subscription has ended, and stays that way. Grant another one instead.',
  },
  subscription_not_found: {
    status: 404,
    title: 'Subscription not found',
    detail: 'There is no such subscription.',
  },
  subscription_suspended: {
    status: 409,
    title: 'Payment disputed',
    detail: 'A payment of this subscription is disputed, so it grants nothing and its plan is not changed.',
  },
  subscription_trialing: {
    status: 409,
    title: 'On trial',
    detail:
      'This subscription is on trial. Buy the other plan instead (mode checkout); the trial ends when it is paid.',
  },
  unsupported_by_provider: {
    status: 409,
    title: 'Not possible here',
    detail:
      'This subscription was granted by an administrator; it is not paid for, and this does not apply to it.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the body as application/json in UTF-8.',
  },
  user_disabled: {
    status: 409,
    title: 'User disabled',
    detail: 'The account of this user is deactivated. Switch it on again first.',
  },
  user_not_found: { status: 404, title: 'User not found', detail: 'There is no such user.' },
  username_taken: { status: 409, title: 'Username taken', detail: 'This username is taken.' },
  validation_failed: {
    status: 422,
    title: 'Validation failed',
    detail: 'Some of what was sent cannot be accepted; "errors" says what.',
  },
  wrong_password: { status: 403, title: 'Wrong password', detail: 'That is not the current password.' },
} as const satisfies Record<ErrorCode, Meaning>;

/** Where a caller should wait and nothing better is known, in seconds. */
const DEFAULT_RETRY_AFTER_SECONDS = 30;

/** RFC 9457, with a code for programs. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'A sentence for a person.' }),
    code: z.string().meta({ description: 'A stable word for a program.' }),
    request_id: z.string(),
    errors: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'With validation_failed: what is wrong with which field.' }),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** The sentence of a failure, for a person. */
export const detailOf = (failure: AppError): string => failure.detail ?? MEANINGS[failure.code].detail;

/**
 * What a caller is told of a failure, by HTTP or otherwise. Anything that is not an {@link AppError} says nothing but
 * that it happened. `retryAfterSeconds` is there for whom it makes sense to wait.
 */
export function problemOf(
  error: unknown,
  requestId: string,
): { failure: AppError; problem: Problem & { code: ErrorCode }; retryAfterSeconds: number | undefined } {
  const failure = asAppError(error);
  const meaning: Meaning = MEANINGS[failure.code];
  const code = meaning.code ?? failure.code;
  const problem = {
    type: `urn:tollgate:problem:${code}`,
    title: meaning.title,
    status: meaning.status,
    detail: detailOf(failure),
    code,
    request_id: requestId,
    ...(failure.errors && { errors: failure.errors }),
  };
  const waits = meaning.status === 429 || meaning.status === 503;
  const retryAfterSeconds = waits ? (failure.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS) : undefined;
  return { failure, problem, retryAfterSeconds };
}

/** The answer to a failure. */
export function problemResponse(error: unknown, requestId: string): Response {
  const { failure, problem, retryAfterSeconds } = problemOf(error, requestId);
  const headers = new Headers({ 'Content-Type': 'application/problem+json' });
  if (retryAfterSeconds !== undefined) headers.set('Retry-After', String(retryAfterSeconds));
  // RFC 9110 §11.6.1: a 401 names the scheme; RFC 6750 §3.1 gives the error its word.
  if (problem.status === 401) {
    headers.set(
      'WWW-Authenticate',
      `Bearer${failure.code === 'invalid_token' ? ' error="invalid_token"' : ''}`,
    );
  }
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // The names of variables are no secret, and whoever deploys has to read them somewhere.
  if (error instanceof SettingsError) return new AppError('misconfigured', { detail: error.message });
  if (error instanceof RefusedByProvider) return new AppError('billing_refused', { cause: error });
  // Hono's validator throws this for a body that it cannot read.
  if (error instanceof HTTPException && error.status === 400) return new AppError('malformed_body');
  return new AppError('internal_error', { cause: error });
}
