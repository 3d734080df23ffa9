import { type SQL, sql } from 'drizzle-orm';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { done } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { newId, type OneTimeTokenId, type OutboxId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { addressSubject } from './address.ts';
import { activeAccountCte, likeAMailCte } from './mail-request.ts';
import type { AuthDeps } from './ports.ts';
import { RESET_LINK_TTL_SECONDS } from './rules.ts';

/**
 * Mails the link to set a new password, which kills the older one, if an active account has the address. One round
 * trip and the same work when none has.
 *
 * @throws {AppError} `mail_not_configured`
 */
export async function forgotPassword(deps: AuthDeps, email: string, origin: Origin): Promise<void> {
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
  const mail = {
    email,
    subject: await addressSubject(deps.validationHash, email),
    tokenId: newId<OneTimeTokenId>(),
    outboxId: newId<OutboxId>(),
    origin,
  };
  await deps.db.query(requestReset(mail));
  // Told either way: whether there is a mail is for the consumer to find out, not for who measures this answer.
  deps.announceMail(mail.outboxId);
}

export type ResetMail = {
  readonly subject: string;
  readonly tokenId: OneTimeTokenId;
  readonly outboxId: OutboxId;
};

const requestReset = (mail: ResetMail & { email: string; origin: Origin }) =>
  statement(
    done,
    sql`WITH ${activeAccountCte(mail.email)},
        ${resetMailCtes(mail, mail.subject)},
        ${likeAMailCte('reset_password', mail.subject)},
        ${eventCte(
          'auth.reset_requested',
          'user',
          mail.origin,
          // Whoever knows the address may ask for it.
          sql`SELECT NULL, user_id, NULL, NULL FROM link`,
        )}
        SELECT 1 AS done FROM mail`,
  );

/**
 * `mail` and `link(user_id)`: the link to set a new password, for the `account(id, email, username)` before it, if that
 * may get another.
 *
 * @param countedBy whose quota it is of: that of the address where anybody may ask; else the account's own, which no
 *   stranger can use up
 */
export const resetMailCtes = (
  { subject, tokenId, outboxId }: ResetMail,
  countedBy: string | SQL = sql`letter.user_id::text`,
): SQL => sql`
  letter AS (
    SELECT id AS user_id, 'reset_password' AS kind, email AS recipient,
           jsonb_build_object('username', username, 'token_id', ${tokenId}::text,
             'subject', ${subject}::text, 'ttl_seconds', ${RESET_LINK_TTL_SECONDS}::int) AS payload
    FROM account
  ),
  ${mailCtes(outboxId, countedBy)},
  link AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, email, expires_at)
    SELECT ${tokenId}::uuid, account.id, 'reset_password', account.email,
           now() + make_interval(secs => ${RESET_LINK_TTL_SECONDS})
    FROM account, granted
    ON CONFLICT (user_id, purpose) DO UPDATE
      SET id = excluded.id, email = excluded.email, expires_at = excluded.expires_at, used_at = NULL
    RETURNING user_id
  )`;
