import type { Origin } from '../audit/audit.ts';
import { AppError } from '../errors.ts';
import { newId, type OneTimeTokenId, type OutboxId } from '../ids.ts';
import { addressSubject } from './address.ts';
import { openOneTimeToken } from './one-time-token.ts';
import type { AuthDeps } from './ports.ts';
import { consumeVerification, requestVerification, type User, type VerificationMail } from './store.ts';

/** Ids for a verification link and its mail, before the statement that writes both. */
export async function draftVerification(
  deps: Pick<AuthDeps, 'settings' | 'validationHash'>,
  email: string,
): Promise<VerificationMail> {
  return {
    tokenId: newId<OneTimeTokenId>(),
    outboxId: newId<OutboxId>(),
    subject: await addressSubject(deps.validationHash, email),
    ttlSeconds: deps.settings.VALIDATION_TOKEN_EXPIRE,
  };
}

/**
 * Proves a mailbox by the link that was sent to it. Using a link twice is no error. One round trip.
 *
 * @throws {AppError} `link_invalid` when it was never ours, has expired, or a newer one was sent
 */
export async function verifyEmail(
  deps: Pick<AuthDeps, 'db' | 'validationHash'>,
  token: string,
  origin: Origin,
): Promise<void> {
  const tokenId = await openOneTimeToken(deps.validationHash, 'verify_email', token);
  const [proven] = tokenId ? await deps.db.query(consumeVerification(tokenId, origin)) : [];
  if (!proven) {
    throw new AppError('link_invalid');
  }
}

/**
 * Mails a new verification link, which kills the older one. Says nothing about whether a mail went out: after
 * five in an hour none does.
 *
 * @throws {AppError} `mail_not_configured`
 */
export async function sendVerification(deps: AuthDeps, user: User): Promise<void> {
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
  if (user.isVerified) return;
  const verification = await draftVerification(deps, user.email);
  const [mailed] = await deps.db.query(requestVerification(user.id, verification));
  if (mailed) deps.announceMail(verification.outboxId);
}
