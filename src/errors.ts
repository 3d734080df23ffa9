/**
 * Every failure a caller can be told about, as a stable word for programs. What each one means in HTTP stands
 * in one place, `http/problem.ts`; nothing here knows the web.
 */
export const ERROR_CODES = [
  'account_closing_failed',
  'account_disabled',
  'account_locked',
  'admin_required',
  'alert_not_found',
  'ai_not_configured',
  'ai_timeout',
  'ai_unavailable',
  'already_canceling',
  'already_subscribed',
  'ambiguous_credentials',
  'api_key_invalid',
  'api_key_limit_reached',
  'api_key_not_found',
  'billing_not_configured',
  'billing_refused',
  'billing_unavailable',
  'body_too_large',
  'checkout_superseded',
  'currency_mismatch',
  'database_unavailable',
  'email_not_verified',
  'email_taken',
  'event_not_found',
  'event_not_replayable',
  'export_not_found',
  'idempotency_conflict',
  'internal_error',
  'invalid_code',
  'invalid_credentials',
  'invalid_token',
  'last_admin',
  'limit_exceeded',
  'link_invalid',
  'mail_not_configured',
  'mail_not_found',
  'mail_not_replayable',
  'malformed_body',
  'malformed_query',
  'misconfigured',
  'no_subscription',
  'not_canceling',
  'not_found',
  'not_mailable',
  'not_verified',
  'oauth_denied',
  'oauth_email_unverified',
  'oauth_not_configured',
  'oauth_provider_error',
  'oauth_state_invalid',
  'oauth_unavailable',
  'origin_refused',
  'payment_failed',
  'payment_not_found',
  'payment_past_due',
  'plan_already_deleted',
  'plan_changed',
  'plan_code_taken',
  'plan_not_found',
  'plan_protected',
  'plan_required',
  'rate_limited',
  'reauthentication_required',
  'refresh_token_invalid',
  'refresh_token_missing',
  'refresh_token_reused',
  'scope_required',
  'session_not_found',
  'signature_invalid',
  'sql_refused',
  'sql_timeout',
  'sql_too_large',
  'subscription_canceling',
  'subscription_ended',
  'subscription_not_found',
  'subscription_suspended',
  'subscription_trialing',
  'unsupported_by_provider',
  'unsupported_media_type',
  'user_disabled',
  'user_not_found',
  'username_taken',
  'validation_failed',
  'wrong_password',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export type AppErrorOptions = {
  /** A sentence for a person; the code's own sentence when left out. */
  readonly detail?: string;
  /** What is wrong with which field (`validation_failed`). */
  readonly errors?: Readonly<Record<string, string>>;
  /** When trying again makes sense, in seconds (429 and 503). */
  readonly retryAfterSeconds?: number;
  /** What lies behind it, for the log alone. */
  readonly cause?: unknown;
};

/** An expected failure. Thrown anywhere, answered in one place. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly errors: Readonly<Record<string, string>> | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.detail ?? code, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
