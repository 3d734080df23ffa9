import type { Origin } from '../audit/audit.ts';
import { ConstraintViolation } from '../db/errors.ts';
import { AppError } from '../errors.ts';
import { newId, type UserId } from '../ids.ts';
import { acceptPassword } from './accept-password.ts';
import type { AuthDeps } from './ports.ts';
import { createAccount, createAccountQuietly, type NewAccount, type User } from './store.ts';
import { draftVerification } from './verify-email.ts';

const TAKEN = { users_email_key: 'email_taken', users_username_key: 'username_taken' } as const;

/**
 * Makes an unverified account and mails its verification link. One round trip.
 *
 * @returns the account, or `undefined` where the existence of accounts is hidden and the answer must not tell
 * @throws {AppError} `validation_failed`, `email_taken`, `username_taken`, `mail_not_configured`
 */
export async function register(
  deps: AuthDeps,
  input: { email: string; username: string; password: string },
  origin: Origin,
): Promise<User | undefined> {
  const { settings, db } = deps;
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
  await acceptPassword(deps, 'password', input.password, input);

  const account: NewAccount = {
    id: newId<UserId>(),
    email: input.email,
    username: input.username,
    passwordHash: await deps.passwords.hash(input.password),
  };
  const verification = await draftVerification(deps, input.email);

  if (settings.HIDE_ACCOUNT_EXISTENCE) {
    const [mailed] = await db.query(createAccountQuietly(account, verification, origin));
    if (mailed) deps.announceMail(verification.outboxId);
    return undefined;
  }
  const [user] = await db.query(createAccount(account, verification, origin)).catch((error: unknown) => {
    if (error instanceof ConstraintViolation && Object.hasOwn(TAKEN, error.constraint)) {
      throw new AppError(TAKEN[error.constraint as keyof typeof TAKEN]);
    }
    throw error;
  });
  deps.announceMail(verification.outboxId);
  return user;
}
