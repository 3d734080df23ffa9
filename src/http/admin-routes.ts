import { AppError, type ErrorCode } from '../errors.ts';
import { type AnyId, parseId } from '../ids.ts';
import { requireBearerOrKey } from './api-key.ts';
import { requireBearer } from './bearer.ts';
import { KEY_PROBLEMS } from './openapi.ts';

const tags = ['Administration'];

/** What an administrator does, in a session. */
export const acting = { tags, security: [{ bearer: [] }], middleware: requireBearer };
export const ACTING_PROBLEMS = [
  'invalid_token',
  'account_disabled',
  'email_not_verified',
  'admin_required',
] as const satisfies ErrorCode[];

/** What an administrator reads, also by a key with `admin:read`. */
export const reading = { tags, security: [{ bearer: [] }, { apiKey: [] }], middleware: requireBearerOrKey };
export const READING_PROBLEMS = [...ACTING_PROBLEMS, ...KEY_PROBLEMS] as const satisfies ErrorCode[];

/**
 * An id in a path.
 *
 * @throws {AppError} the `code` of what there is none of, for what can't be an id
 */
export function idOr<Id extends AnyId>(code: ErrorCode, text: string): Id {
  const id = parseId<Id>(text);
  if (!id) throw new AppError(code);
  return id;
}
