import * as z from 'zod';
import { type LoginCodeId, type OneTimeTokenId, parseId } from '../ids.ts';
import { BILLING_MAILS } from './billing-kinds.ts';

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
  /** To a mailbox that an account wants to move to: the link that moves it. */
  z.object({
    kind: z.literal('email_change_confirm'),
    username: z.string(),
    token_id: tokenId,
    expires_in_seconds: z.int(),
  }),
  /** Instead, where that address has an account already. */
  z.object({ kind: z.literal('email_change_taken'), username: z.string() }),
  /** To the mailbox that the account may leave. */
  z.object({ kind: z.literal('email_change_requested'), username: z.string(), new_email: z.string() }),
  /** To the mailbox that it left: the way back, unless one is open already. */
  z.object({
    kind: z.literal('email_changed'),
    username: z.string(),
    new_email: z.string(),
    token_id: tokenId.nullable(),
    expires_in_seconds: z.int(),
  }),
  /** A sign-in from a device that the account was not used on before. */
  z.object({
    kind: z.literal('new_device'),
    username: z.string(),
    device: z.string(),
    place: z.string().nullable(),
    at: z.iso.datetime(),
  }),
  /** The account was switched off, by its owner or an administrator. */
  z.object({ kind: z.literal('account_deactivated'), username: z.string() }),
  /** The account is gone, and this is the last mail about it. */
  z.object({ kind: z.literal('account_deleted'), username: z.string() }),
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
  ...BILLING_MAILS,
]);
export type MailContent = z.infer<typeof MailContent>;
export type MailKind = MailContent['kind'];
