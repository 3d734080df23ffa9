import { AppError, type ErrorCode } from '../errors.ts';
import type { AuthDeps } from './ports.ts';
import { type Attempt, countFailure } from './throttle-store.ts';

/** Counts a failed attempt; answers `code`, or from the eleventh on that one has to wait. */
export async function refuseAttempt(
  deps: Pick<AuthDeps, 'db'>,
  attempt: Attempt,
  code: ErrorCode,
): Promise<AppError> {
  const [counted] = await deps.db.query(countFailure(attempt));
  return counted?.refused ? accountLocked(counted.retry_after) : new AppError(code);
}

export const accountLocked = (retryAfterSeconds: number | null, detail?: string) =>
  new AppError('account_locked', { retryAfterSeconds: retryAfterSeconds ?? 1, ...(detail && { detail }) });
