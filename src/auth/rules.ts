import { AppError } from '../errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** Sessions end for good after this long, however busy they are. */
export const SESSION_MAX_AGE_SECONDS = 30 * 86_400;

/** For how long the immediate parent of a refresh token still gets its successor (two tabs, a lost answer). */
export const REFRESH_GRACE_SECONDS = 10;

/** Wrong passwords within FAILURE_MEMORY_SECONDS before an address has to wait (ASVS 6.3.1). */
export const FAILURES_BEFORE_LOCK = 10;
/** For how long a failure counts, and how long it has to be quiet before the waits are short again. */
export const FAILURE_MEMORY_SECONDS = 15 * 60;
export const FIRST_LOCK_SECONDS = 60;
export const LONGEST_LOCK_SECONDS = 3_600;

/** How long a link to set a new password works. */
export const RESET_LINK_TTL_SECONDS = 30 * 60;

export const LOGIN_CODE_TTL_SECONDS = 10 * 60;
/** Tries that one login code takes. What an address takes in all is counted like wrong passwords. */
export const LOGIN_CODE_TRIES = 5;

export const PASSWORD_MAX_LENGTH = 128;

/**
 * What is wrong with a new password, as a sentence; `undefined` when nothing is. Lengths count code points, the
 * text is taken exactly as given: never trimmed, normalised or cut (ASVS 6.2.8).
 */
export function passwordProblem(
  password: string,
  context: { minLength: number; email: string; username: string },
): string | undefined {
  const length = [...password].length;
  if (length < context.minLength) return `Must have at least ${context.minLength} characters.`;
  if (length > PASSWORD_MAX_LENGTH) return `Must have at most ${PASSWORD_MAX_LENGTH} characters.`;
  const folded = password.toLowerCase();
  if (folded === context.email.toLowerCase()) return 'Must not be the email address.';
  if (folded === context.username.toLowerCase()) return 'Must not be the username.';
  if (COMMON_PASSWORDS.has(folded))
    return 'Is one of the most common passwords, and the first that are tried.';
  return undefined;
}

/** @throws {AppError} `validation_failed`, naming `field` */
export function requirePassword(
  field: string,
  password: string,
  context: { minLength: number; email: string; username: string },
): void {
  const problem = passwordProblem(password, context);
  if (problem) throw new AppError('validation_failed', { errors: { [field]: problem } });
}

/** For how long a login is as good as giving the password again. */
export const FRESH_LOGIN_SECONDS = 10 * 60;

/** For how long the mailbox that an account left can take it back. */
export const UNDO_EMAIL_CHANGE_SECONDS = 72 * 3_600;
