export type StripeErrorType =
  | 'api_error'
  | 'card_error'
  | 'idempotency_error'
  | 'invalid_request_error'
  | 'rate_limit_error';

type Details = { code?: string; param?: string; decline_code?: string; charge?: string };

/** An answer that is an error, in Stripe's shape. */
export class StripeError extends Error {
  readonly status: number;
  readonly type: StripeErrorType;
  readonly details: Details;

  constructor(status: number, type: StripeErrorType, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = details;
  }

  body(): object {
    return { error: { type: this.type, message: this.message, ...this.details } };
  }
}

/** 400: the request makes no sense. */
export function invalid(message: string, details: Details = {}): StripeError {
  return new StripeError(400, 'invalid_request_error', message, details);
}

/** An object that is named in the path (404) or by a parameter (400) does not exist. */
export function missing(kind: string, id: string, param?: string): StripeError {
  return new StripeError(param ? 400 : 404, 'invalid_request_error', `No such ${kind}: '${id}'`, {
    code: 'resource_missing',
    param: param ?? 'id',
  });
}

/** 402: the bank said no. */
export function declined(code: string): StripeError {
  return new StripeError(402, 'card_error', 'Your card was declined.', {
    code: 'card_declined',
    decline_code: code,
  });
}
