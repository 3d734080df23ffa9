import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { eventCte, type Origin } from '../audit/audit.ts';
import { statement } from '../db/client.ts';
import { sha256Hex } from '../encoding.ts';
import { AppError } from '../errors.ts';
import { newId, type OutboxId } from '../ids.ts';
import { mailCtes } from '../mail/outbox.ts';
import { acceptPassword, refuseOwnName } from './accept-password.ts';
import {
  changeCredentials,
  endCredentialsCtes,
  endKeysCte,
  endRegistrantCtes,
  forgiveHeldCte,
  UNDO_STAYS,
} from './credential-store.ts';
import { loginCodeSubject } from './login-code.ts';
import type { AuthDeps } from './ports.ts';
import { MAILBOX_IS_PROVEN, PROVE_MAILBOX } from './proven.ts';
import { openResetToken, type ResetToken } from './reset-token.ts';
import { verifiedCte } from './store.ts';

/**
 * Sets a new password by the link that was mailed, and ends everything else that opens the account: whoever asked for
 * the link may have done so because somebody else is in. The mailbox is proven by it. One round trip.
 *
 * A password that is refused leaves the link as it is.
 *
 * @throws {AppError} `link_invalid`, `validation_failed`
 */
export async function resetPassword(
  deps: AuthDeps,
  input: { token: string; password: string },
  origin: Origin,
): Promise<void> {
  const link = await openResetToken(deps.validationHash, input.token);
  if (!link) throw new AppError('link_invalid');
  await acceptPassword(deps, 'password', input.password);

  const outboxId = newId<OutboxId>();
  const owner = sql`SELECT user_id FROM one_time_tokens WHERE id = ${link.id} AND purpose = 'reset_password'`;
  const subjects = [link.subject, loginCodeSubject(link.subject)];
  const [[outcome]] = await changeCredentials(deps.db, owner, subjects, [
    useLink({
      link,
      passwordHash: await deps.passwords.hash(input.password),
      print: await printOf(input.password),
      outboxId,
      origin,
    }),
  ]);
  if (!outcome) throw new AppError('link_invalid');
  if (outcome.is_own_name) refuseOwnName('password');
  deps.announceMail(outboxId);
}

const PRINT_DIGITS = 5;

/**
 * By which the statement that knows the account's names tells whether the password is one of them, without being told
 * the password: 20 bits of a salted hash say next to nothing about it. One reset in half a million is refused for
 * nothing, and passes when sent again.
 */
type Print = { readonly salt: string; readonly digits: string };

async function printOf(password: string): Promise<Print> {
  const salt = crypto.randomUUID();
  return { salt, digits: (await sha256Hex(salt + password.toLowerCase())).slice(0, PRINT_DIGITS) };
}

const isPrintOf = (print: Print, name: SQL) =>
  sql`left(encode(sha256(convert_to(${print.salt}::text || lower(${name}), 'UTF8')), 'hex'), ${PRINT_DIGITS}::int)
      = ${print.digits}::text`;

type Reset = { link: ResetToken; passwordHash: string; print: Print; outboxId: OutboxId; origin: Origin };

/**
 * No row: the link is not valid. The row of a link that was used stays, so that the account can be found by it.
 * Of an account whose mailbox was not proven until now, nothing stays that whoever registered it has set.
 */
const useLink = ({ link, passwordHash, print, outboxId, origin }: Reset) =>
  statement(
    z.object({ is_own_name: z.boolean() }),
    sql`WITH found AS (
          SELECT users.id, users.email, users.username, ${MAILBOX_IS_PROVEN} AS was_proven,
                 ${isPrintOf(print, sql`users.email`)} OR ${isPrintOf(print, sql`users.username`)} AS is_own_name
          FROM one_time_tokens AS link
          JOIN users ON users.id = link.user_id AND users.email = link.email AND users.is_active
          WHERE link.id = ${link.id} AND link.purpose = 'reset_password'
            AND link.used_at IS NULL AND link.expires_at > now()
        ),
        used AS (
          UPDATE one_time_tokens SET used_at = now() FROM found
          WHERE one_time_tokens.id = ${link.id} AND one_time_tokens.used_at IS NULL AND NOT found.is_own_name
          RETURNING one_time_tokens.user_id
        ),
        account AS (SELECT found.* FROM found JOIN used ON used.user_id = found.id),
        changed AS (
          UPDATE users SET password_hash = ${passwordHash}, ${PROVE_MAILBOX}
          FROM account WHERE users.id = account.id
        ),
        ${endCredentialsCtes(sql.raw('account'), { link: link.id, keys: true, ...UNDO_STAYS })},
        unproven AS (SELECT id FROM account WHERE NOT was_proven),
        ${endKeysCte(sql.raw('unproven'))},
        ${endRegistrantCtes(sql.raw('unproven'))},
        ${forgiveHeldCte(link.subject, loginCodeSubject(link.subject))},
        ${eventCte('auth.password_reset', 'user', origin, sql`SELECT id, id, NULL, NULL FROM account`)},
        ${verifiedCte('unproven', origin, 'reset')},
        letter AS (
          SELECT users.id AS user_id, 'password_changed' AS kind, users.email AS recipient,
                 jsonb_build_object('username', users.username) AS payload
          FROM account JOIN users ON users.id = account.id
        ),
        ${mailCtes(outboxId, link.subject)}
        SELECT is_own_name FROM found LEFT JOIN used ON true`,
  );
