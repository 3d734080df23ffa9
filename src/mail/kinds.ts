import * as z from 'zod';
import { type LoginCodeId, type OneTimeTokenId, parseId } from '../ids.ts';

const tokenId = z.custom<OneTimeTokenId>(
  (value) => typeof value === 'string' && parseId(value) === value,
  'must be an id',
);

const codeId = z.custom<LoginCodeId>(
  (value) => typeof value === 'string' && parseId(value) === value,
  'must be an id',
);

/** Every mail the service sends, and what its template is given. Snake_case, as it stands in `outbox.payload`. */
export const MailContent = z.discriminatedUnion('kind', [
  /** To a new account, or again on request: the link that proves the mailbox. */
  z.object({ kind: z.literal('verify_email'), username: z.string(), token_id: tokenId }),
  /** Instead of an answer, where the existence of an account is hidden: the address has an account already. */
  z.object({ kind: z.literal('account_exists'), username: z.string() }),
  /** Likewise: the address is free but the username is not, so no account was made. */
  z.object({ kind: z.literal('username_unavailable'), username: z.string() }),
  /** On request: the link to set a new password. `subject` is the keyed hash of the address, which the link carries. */
  z.object({
    kind: z.literal('reset_password'),
    username: z.string(),
    token_id: tokenId,
    subject: z.string(),
    ttl_seconds: z.number(),
  }),
  /** To the owner, whoever did it: the password is another one now. */
  z.object({ kind: z.literal('password_changed'), username: z.string() }),
  /** On request: the code to sign in with, made from the id of its row when the mail is. */
  z.object({
    kind: z.literal('login_code'),
    username: z.string(),
    code_id: codeId,
    ttl_seconds: z.number(),
  }),
]);
export type MailContent = z.infer<typeof MailContent>;
export type MailKind = MailContent['kind'];
