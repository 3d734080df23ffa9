import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, maskedAddress, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { ConstraintViolation } from '../db/errors.ts';
import { done } from '../db/rows.ts';
import { AppError } from '../errors.ts';
import { newId, type OneTimeTokenId, type OutboxId, type SessionId } from '../ids.ts';
import { mailCtes, unmeteredMailCte } from '../mail/outbox.ts';
import { addressSubject } from './address.ts';
import { changeCredentials, endCredentialsCtes, lockLinks, UNDO_STAYS } from './credential-store.ts';
import { openOneTimeToken } from './one-time-token.ts';
import type { AccessClaims, AuthDeps } from './ports.ts';
import { PROVE_MAILBOX } from './proven.ts';
import { reauthenticate } from './reauthenticate.ts';
import { accountLocked } from './refuse-attempt.ts';
import { UNDO_EMAIL_CHANGE_SECONDS } from './rules.ts';
import { sessionStands } from './session-store.ts';
import { forgiveCte } from './throttle-store.ts';

/**
 * Mails a link to the new mailbox, which moves the account there, and tells the old one. Says nothing about whether
 * the address is free: where it is not, its owner is told instead. Two round trips and one hash.
 *
 * An account without a password needs none, within ten minutes of signing in.
 *
 * @throws {AppError} `wrong_password`, `reauthentication_required`, `account_locked`, `validation_failed`,
 *   `mail_not_configured`
 */
export async function requestEmailChange(
  deps: AuthDeps,
  claims: AccessClaims,
  input: { new_email: string; password?: string | undefined },
  origin: Origin,
): Promise<void> {
  if (!deps.mailConfigured) throw new AppError('mail_not_configured');
  const { user, subject, passwordHash } = await reauthenticate(deps, claims, {}, input.password, origin);
  // What opens an account that has a password is that; a session stolen in its first minutes must not move it.
  if (passwordHash && input.password === undefined) {
    throw new AppError('validation_failed', { errors: { password: 'Is needed.' } });
  }
  if (input.new_email === user.email) {
    throw new AppError('validation_failed', { errors: { new_email: 'Is the address of this account.' } });
  }
  const change: EmailChange = {
    claims,
    passwordHash,
    subject,
    newEmail: input.new_email,
    newSubject: await addressSubject(deps.validationHash, input.new_email),
    tokenId: newId<OneTimeTokenId>(),
    ttlSeconds: deps.settings.VALIDATION_TOKEN_EXPIRE,
    mails: { toNew: newId<OutboxId>(), toOld: newId<OutboxId>() },
  };
  const [, [written]] = await deps.db.batch([
    lockLinks(sql`SELECT ${user.id}::uuid`),
    beginEmailChange(change),
  ]);
  if (written?.retry_after) throw accountLocked(written.retry_after);
  // The password was changed, or the session or the account ended, while this one was being checked.
  if (!written?.accepted) throw new AppError('wrong_password');
  if (written.mailed_new) deps.announceMail(change.mails.toNew);
  if (written.mailed_old) deps.announceMail(change.mails.toOld);
}

/**
 * Moves an account to the mailbox that a link was sent to. Everything else that opens the account dies with it: other
 * sessions, mailed links, login codes. The mailbox it leaves is told and can take it back. One round trip.
 *
 * @param keep the session of whoever asks, which goes on when it is the account's
 * @throws {AppError} `link_invalid`; `email_taken` when somebody else has the address by now
 */
export async function confirmEmailChange(
  deps: AuthDeps,
  token: string,
  keep: SessionId | undefined,
  origin: Origin,
): Promise<void> {
  const tokenId = await openOneTimeToken(deps.validationHash, 'change_email', token);
  if (!tokenId) throw new AppError('link_invalid');
  const mailId = newId<OutboxId>();
  const [[changed]] = await changeCredentials(
    deps.db,
    ownerOf(tokenId),
    [],
    [moveAccount(tokenId, mailId, newId<OneTimeTokenId>(), keep, origin)],
  ).catch(takenAddress);
  if (!changed) throw new AppError('link_invalid');
  deps.announceMail(mailId);
}

/**
 * Takes an account back to the mailbox it left, by the link that was sent there. Whoever moved it knew its password
 * and may have tied another identity to it since: neither opens it any more, nor does any session. A new password
 * is set by the link that `/forget-password` mails. One round trip.
 *
 * @throws {AppError} `link_invalid`; `email_taken` when somebody proved the old address to be theirs meanwhile
 */
export async function undoEmailChange(
  deps: Pick<AuthDeps, 'db' | 'validationHash'>,
  token: string,
  origin: Origin,
): Promise<void> {
  const tokenId = await openOneTimeToken(deps.validationHash, 'undo_email_change', token);
  if (!tokenId) throw new AppError('link_invalid');
  const [, [restored]] = await changeCredentials(
    deps.db,
    ownerAndSquatterOf(tokenId),
    [],
    [dropSquatter(tokenId, origin), takeBack(tokenId, origin)],
  ).catch(takenAddress);
  if (!restored) throw new AppError('link_invalid');
}

function takenAddress(error: unknown): never {
  if (error instanceof ConstraintViolation && error.constraint === 'users_email_key') {
    throw new AppError('email_taken');
  }
  throw error;
}

type EmailChange = {
  readonly claims: AccessClaims;
  readonly passwordHash: string | null;
  readonly subject: string;
  readonly newEmail: string;
  readonly newSubject: string;
  readonly tokenId: OneTimeTokenId;
  readonly ttlSeconds: number;
  readonly mails: { readonly toNew: OutboxId; readonly toOld: OutboxId };
};

const beginEmailChange = (change: EmailChange) =>
  statement(
    z.object({
      retry_after: z.number().nullable(),
      accepted: z.boolean(),
      mailed_new: z.boolean(),
      mailed_old: z.boolean(),
    }),
    sql`WITH ${forgiveCte(change.subject)},
        account AS (
          SELECT users.id, users.email, users.username FROM users, throttle
          WHERE users.id = ${change.claims.userId} AND users.is_active AND users.password_hash IS NOT DISTINCT FROM ${change.passwordHash}::text
            AND ${sessionStands(change.claims)}
            AND throttle.retry_after IS NULL
          FOR NO KEY UPDATE OF users
        ),
        new_letter AS (
          SELECT id AS user_id, 'email_change_confirm' AS kind, ${change.newEmail}::text AS recipient,
                 jsonb_build_object('username', username, 'token_id', ${change.tokenId}::text,
                                    'expires_in_seconds', ${change.ttlSeconds}::int) AS payload
          FROM account WHERE NOT EXISTS (SELECT FROM users WHERE email = ${change.newEmail})
          UNION ALL
          SELECT owner.id, 'email_change_taken', owner.email, jsonb_build_object('username', owner.username)
          FROM users AS owner, account WHERE owner.email = ${change.newEmail}
        ),
        ${mailCtes(change.mails.toNew, change.newSubject, 'new_')},
        old_letter AS (
          SELECT id AS user_id, 'email_change_requested' AS kind, email AS recipient,
                 jsonb_build_object('username', username, 'new_email', ${change.newEmail}::text) AS payload
          FROM account
        ),
        ${mailCtes(change.mails.toOld, change.subject, 'old_')},
        link AS (
          INSERT INTO one_time_tokens (id, user_id, purpose, email, expires_at)
          SELECT ${change.tokenId}::uuid, account.id, 'change_email', ${change.newEmail},
                 now() + make_interval(secs => ${change.ttlSeconds})
          FROM account, new_granted
          ON CONFLICT (user_id, purpose) DO UPDATE
            SET id = excluded.id, email = excluded.email, expires_at = excluded.expires_at, used_at = NULL
        )
        SELECT throttle.retry_after, EXISTS (SELECT FROM account) AS accepted,
               EXISTS (SELECT FROM new_mail) AS mailed_new, EXISTS (SELECT FROM old_mail) AS mailed_old
        FROM throttle`,
  );

/** The account of a link, as a subquery. */
const ownerOf = (tokenId: OneTimeTokenId) =>
  sql`SELECT user_id FROM one_time_tokens WHERE id = ${tokenId}::uuid`;

/** With it the account that may stand in the way of taking an address back; see {@link dropSquatter}. */
const ownerAndSquatterOf = (tokenId: OneTimeTokenId) =>
  sql`${ownerOf(tokenId)} UNION
      SELECT users.id FROM one_time_tokens AS link JOIN users ON users.email = link.email AND NOT users.is_verified
      WHERE link.id = ${tokenId}::uuid`;

/**
 * `link`: what a link of the purpose says while it is good. It is read and not locked: under `changeCredentials` nobody
 * else can use it.
 */
const linkCte = (tokenId: OneTimeTokenId, purpose: 'change_email' | 'undo_email_change') => sql`
  link AS (
    SELECT one_time_tokens.user_id, one_time_tokens.email, one_time_tokens.expires_at,
           users.email AS present_email, users.username
    FROM one_time_tokens JOIN users ON users.id = one_time_tokens.user_id
    WHERE one_time_tokens.id = ${tokenId}::uuid AND one_time_tokens.purpose = ${purpose}
      AND one_time_tokens.used_at IS NULL AND one_time_tokens.expires_at > now() AND users.is_active
  )`;

const movedCte = (origin: Origin, { undone }: { undone: boolean }) =>
  eventCte(
    'auth.email_changed',
    'user',
    origin,
    sql`SELECT account.id, account.id, jsonb_build_object('email', ${maskedAddress(sql`link.present_email`)}),
               jsonb_build_object('email', ${maskedAddress(sql`link.email`)}, 'undone', ${undone}::boolean)
        FROM link, account`,
  );

/**
 * An undo that is still open is left as it is, to the mailbox before the last: or a thief who moves an account
 * twice would have taken the way back from its owner with the second move.
 */
const moveAccount = (
  tokenId: OneTimeTokenId,
  mailId: OutboxId,
  undoId: OneTimeTokenId,
  keep: SessionId | undefined,
  origin: Origin,
) =>
  statement(
    done,
    sql`WITH ${linkCte(tokenId, 'change_email')},
        account AS (
          UPDATE users SET email = link.email, ${PROVE_MAILBOX} FROM link WHERE users.id = link.user_id
          RETURNING users.id
        ),
        ${endCredentialsCtes(sql.raw('account'), { ...(keep && { session: keep }), ...UNDO_STAYS })},
        undo AS (
          INSERT INTO one_time_tokens AS standing (id, user_id, purpose, email, expires_at)
          SELECT ${undoId}::uuid, link.user_id, 'undo_email_change', link.present_email,
                 now() + make_interval(secs => ${UNDO_EMAIL_CHANGE_SECONDS})
          FROM link
          ON CONFLICT (user_id, purpose) DO UPDATE
            SET id = excluded.id, email = excluded.email, expires_at = excluded.expires_at, used_at = NULL
            WHERE standing.used_at IS NOT NULL OR standing.expires_at <= now()
          RETURNING id
        ),
        letter AS (
          SELECT user_id, 'email_changed' AS kind, present_email AS recipient,
                 jsonb_build_object('username', username, 'new_email', email, 'token_id', (SELECT id FROM undo),
                                    'expires_in_seconds', ${UNDO_EMAIL_CHANGE_SECONDS}::int) AS payload
          FROM link, account
        ),
        ${unmeteredMailCte(mailId)},
        ${movedCte(origin, { undone: false })}
        SELECT 1 AS done FROM account`,
  );

/**
 * An account that took the free address and never proved it gives way to who just did; a thief who registers the old
 * address would otherwise have closed the way back.
 */
const dropSquatter = (tokenId: OneTimeTokenId, origin: Origin) =>
  statement(
    done,
    sql`WITH ${linkCte(tokenId, 'undo_email_change')},
        dropped AS (
          DELETE FROM users USING link
          WHERE users.email = link.email AND NOT users.is_verified AND users.id <> link.user_id
          RETURNING users.id, link.user_id AS for_user_id
        ),
        ${eventCte(
          'account.deleted',
          'user',
          origin,
          sql`SELECT for_user_id, id, NULL, jsonb_build_object('reason', 'unproven_address') FROM dropped`,
        )}
        SELECT 1 AS done FROM dropped`,
  );

const takeBack = (tokenId: OneTimeTokenId, origin: Origin) =>
  statement(
    done,
    sql`WITH ${linkCte(tokenId, 'undo_email_change')},
        account AS (
          UPDATE users SET email = link.email, ${PROVE_MAILBOX}, password_hash = NULL
          FROM link WHERE users.id = link.user_id
          RETURNING users.id
        ),
        ${endCredentialsCtes(sql.raw('account'))},
        ended_identities AS (
          DELETE FROM identities USING link
          WHERE identities.user_id = link.user_id
            AND identities.created_at >= link.expires_at - make_interval(secs => ${UNDO_EMAIL_CHANGE_SECONDS})
        ),
        ${movedCte(origin, { undone: true })}
        SELECT 1 AS done FROM account`,
  );
