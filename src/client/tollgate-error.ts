import type { ErrorCode } from '../errors.ts';

/** What went wrong, as a stable word: the service's own, or that no answer of the service came at all. */
export type TollgateErrorCode = ErrorCode | 'network_error' | 'unexpected_answer' | (string & {});

type Details = {
  readonly code: TollgateErrorCode;
  readonly status: number;
  readonly detail: string;
  readonly errors?: Readonly<Record<string, string>> | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
};

/** Why a call of the client failed. Every answer that is no success is thrown as one of these. */
export class TollgateError extends Error {
  override readonly name = 'TollgateError';
  /** For programs: `email_taken`, `invalid_credentials`, `plan_required` … */
  readonly code: TollgateErrorCode;
  /** The HTTP status; 0 when there was no answer (`network_error`). */
  readonly status: number;
  /** For people: a sentence. */
  readonly detail: string;
  /** With `validation_failed`: what is wrong with which field. */
  readonly errors: Readonly<Record<string, string>> | undefined;
  /** What to tell whoever runs the service; it stands in its log. */
  readonly requestId: string | undefined;
  /** With 429 and 503: after how many seconds trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor({ code, status, detail, errors, requestId, retryAfter, cause }: Details) {
    super(detail, { cause });
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }
}

/** What an answer that is no success says; a proxy on the way may have answered in the place of the service. */
export async function readProblem(response: Response): Promise<TollgateError> {
  const isProblem = response.headers.get('Content-Type')?.startsWith('application/problem+json');
  const problem = isProblem ? await readObject(response) : undefined;
  const after = Number(response.headers.get('Retry-After') ?? Number.NaN);
  return new TollgateError({
    code: text(problem?.code) ?? 'unexpected_answer',
    status: response.status,
    detail: text(problem?.detail) ?? `The service answered ${response.status}.`,
    errors: problem?.errors as Record<string, string> | undefined,
    requestId: text(problem?.request_id) ?? response.headers.get('X-Request-Id') ?? undefined,
    retryAfter: Number.isFinite(after) ? after : undefined,
  });
}

/** A failure that was told in the midst of an answer, as the problem that it is there. */
export const asProblem = (problem: Readonly<Record<string, unknown>>): TollgateError =>
  new TollgateError({
    code: text(problem.code) ?? 'unexpected_answer',
    status: Number(problem.status),
    detail: text(problem.detail) ?? `The service answered ${problem.status}.`,
    requestId: text(problem.request_id),
  });

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

async function readObject(response: Response): Promise<Record<string, unknown> | undefined> {
  try {
    return await response.json();
  } catch {
    // Cut off on the way: its status is all that is known of it.
    return undefined;
  }
}
