import type { LoginCodeId, OneTimeTokenId, OutboxId } from '../ids.ts';

/** One mail, rendered. `messageId` is the same on every attempt, so that a mailbox can recognise a repetition. */
export type MailMessage = {
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly messageId: string;
};

/** For one mail from connect to acceptance: half the lease of its outbox row. */
export const MAIL_TIMEOUT_MS = 30_000;

/**
 * Hands a mail to a server that takes responsibility for it. Resolves once it was accepted, throws otherwise;
 * has to be done either way well within the lease of the outbox row (60 s), or a second one sends it too.
 */
export interface Mailer {
  send(message: MailMessage): Promise<void>;
}

/**
 * A mail that was not accepted. Its message is kept in `outbox.last_error` and logged, so it names a step and a
 * status, never an address, a credential or the server's own words, which tend to repeat both.
 */
export class MailNotAccepted extends Error {
  override readonly name = 'MailNotAccepted';
}

/** Makes the links and codes that mails carry, when the mail is made; they are stored nowhere. Links are absolute. */
export interface MailLinks {
  verifyEmail(tokenId: OneTimeTokenId): Promise<string>;
  confirmEmailChange(tokenId: OneTimeTokenId): Promise<string>;
  undoEmailChange(tokenId: OneTimeTokenId): Promise<string>;
  /** `subject`: the keyed hash of the address that the link goes to. */
  resetPassword(tokenId: OneTimeTokenId, subject: string): Promise<string>;
  loginCode(codeId: LoginCodeId): Promise<string>;
}

/** Tells the consumer that there is mail. Only a nudge: the outbox row is the truth, and the sweep finds it too. */
export interface MailQueue {
  nudge(id: OutboxId): Promise<void>;
}
